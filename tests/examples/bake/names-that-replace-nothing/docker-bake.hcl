target "default" {
  contexts = {
    "library/golang"            = "docker-image://golang:1.25"
    "docker.io/bitnami/kubectl" = "docker-image://bitnami/kubectl:1.33"
    "acme/tools"                = "docker-image://ghcr.io/acme/tools:2"
  }
}
