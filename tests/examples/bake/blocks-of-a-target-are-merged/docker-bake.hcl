target "a" {
  args = { BASE = "debian:12" }
  contexts = { tools = "docker-image://alpine:3.19", src = "docker-image://acme/src:1" }
}
target "base" {
  args = { GO = "1.22" }
}
target "a" {
  inherits = ["base"]
  args = { TAG = "again" }
  contexts = { tools = "docker-image://alpine:3.20" }
  dockerfile-inline = <<END
ARG TAG
ARG BASE=alpine:$TAG
ARG GO
FROM $BASE
FROM golang:$GO
END
}
