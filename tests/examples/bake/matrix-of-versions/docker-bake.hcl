target "app" {
  name = "app-node-${version}"
  matrix = {
    version = ["20", "22"]
  }
  args = {
    NODE_VERSION = version
  }
  contexts = {
    base = "docker-image://node:${version}-alpine"
  }
  tags = ["ghcr.io/acme/app:node-${version}"]
}
