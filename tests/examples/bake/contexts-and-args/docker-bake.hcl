variable "GO" { default = "1.22" }
target "app" {
  contexts = { base = "docker-image://golang:${GO}" }
  args = { ALPINE_IMAGE = "alpine:3.20" }
  tags = ["acme/app:1"]
  cache-from = ["type=registry,ref=acme/app:cache"]
}
