source "docker" "base" {
  image  = "${var.name}:${local.tag}"
  commit = true
}

source "docker" "cache" {
  image       = var.cache_image
  export_path = "cache.tar"
}

source "docker" "proxy" {
  image   = var.proxy_image
  discard = true
}

build {
  sources = ["source.docker.base", "source.docker.cache", "source.docker.proxy"]
}
