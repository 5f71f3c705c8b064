variable "TAG" { default = "3.20" }
target "a" {
  contexts = { other = "docker-image://busybox:1.37" }
}
