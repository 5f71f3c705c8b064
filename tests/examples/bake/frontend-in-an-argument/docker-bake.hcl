target "_base" {
  args = { BUILDKIT_SYNTAX = "docker/dockerfile:1.4" }
}
target "web" {
  inherits = ["_base"]
}
target "api" {
  args              = { BUILDKIT_SYNTAX = "docker/dockerfile:1.5" }
  dockerfile-inline = "FROM alpine:3.20"
}
