resource "helm_release" "blocks" {
  chart = "app"
  values = [
    <<EOT
image:
  repository: ghcr.io/acme/app
  tag: "1.0"
EOT
    , yamlencode({ image = { registry = "quay.io", repository = "acme/encoded", tag = "2.0" } }),
    file("values.yaml"),
    templatefile("values.tftpl", { tag = "3" }),
  ]

  set {
    name  = "worker.image.repository"
    value = "ghcr.io/acme/worker"
  }
  set {
    name  = "worker.image.tag"
    value = "1.10"
  }
  set {
    name  = "web.image.tag"
    value = "3.1"
  }
  set {
    name  = "sidecarImage"
    value = "ghcr.io/acme/sidecar:4"
  }
  set {
    name  = "replicas"
    value = 3
  }
}

resource "helm_release" "list" {
  chart = "app"
  set = [
    { name = "image.registry", value = "quay.io" },
    { name = "image.repository", value = "acme/app" },
    { name = "image.tag", value = var.tag },
    { name = "hook.image.repository", value = "acme/hook" },
  ]
}
