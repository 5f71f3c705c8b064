resource "helm_release" "shop" {
  chart  = "shop"
  values = [<<-EOT
    image: {repository: ghcr.io/acme/shop, tag: "1"}
    sidecar: {image: busybox:1.36}
  EOT
  ]
  set {
    name  = "image.tag"
    value = "2"
  }
}
