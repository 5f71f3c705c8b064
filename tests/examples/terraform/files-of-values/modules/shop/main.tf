variable "stage" {
  default = "production"
}

resource "helm_release" "shop" {
  name       = "shop"
  repository = "oci://ghcr.io/acme/charts"
  chart      = "shop"
  version    = "1.4.2"

  values = [
    file("${path.module}/shop.yaml"),
    templatefile("${path.module}/stages/${var.stage}.yaml.tftpl", { tag = var.tag }),
    "${file("${path.module}/loop.yaml")}",
    file("${path.root}/elsewhere.yaml"),
    <<-EOT
      search:
        image:
          repository: ghcr.io/acme/search
          tag: "8.2"
    EOT
  ]

  set {
    name  = "mail.image.tag"
    value = "0.9"
  }
}
