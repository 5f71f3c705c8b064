target "base" {
  dockerfile = "base.Dockerfile"
  tags = ["acme/base:1"]
}
target "app" {
  dockerfile = "app.Dockerfile"
}
