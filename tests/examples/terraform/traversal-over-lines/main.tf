variable "images" {
  default = { web = "nginx:1.27" }
}
resource "kubernetes_pod" "web" {
  spec {
    enabled = (
      length(try(
        var.pool
        .private_registry
        .domains,
        var.pool
        ["domains"]
      )) > 0
    )
    container {
      image = (
        var.images
        .web
      )
    }
  }
}
