resource "docker_buildx_builder" "a" {
  docker_container {
    image = "moby/buildkit:v0.17.0"
  }
}

resource "docker_buildx_builder" "b" {
  kubernetes {
    image = "moby/buildkit:v0.17.0-rootless"
  }
}
