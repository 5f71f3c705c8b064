target "base" {
  args = { TAG = "3.20" }
}
target "a" {
  inherits = ["base"]
  args = { TAG = null }
  dockerfile-inline = <<END
ARG TAG=3.18
FROM alpine:$TAG
END
}
