target "release" {
  target = "release"
  args = {
    BASE  = "alpine:3.20"
    DEBUG = "acme/not-used"
  }
}

target "debug" {
  inherits = ["release"]
  target   = "debug"
  args     = { DEBUG = "alpine:3.19" }
}
