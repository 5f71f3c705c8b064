variable "TAG" { default = "3.19" }
target "a" {
  contexts = { tools = "docker-image://alpine:${TAG}", other = "docker-image://busybox:1.36" }
}
