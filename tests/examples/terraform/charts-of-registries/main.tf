locals {
  version = "1.2.3"
}

resource "helm_release" "podinfo" {
  name       = "podinfo"
  repository = "oci://ghcr.io/stefanprodan/charts/"
  chart      = "podinfo"
  version    = "6.0.0"
}

resource "helm_release" "whole" {
  name    = "whole"
  chart   = "oci://ghcr.io/acme/charts/web"
  version = local.version
}

resource "helm_release" "range" {
  name    = "range"
  chart   = "oci://ghcr.io/acme/charts/web"
  version = "~> 1.2"
}

resource "helm_release" "elsewhere" {
  name    = "elsewhere"
  chart   = "oci://ghcr.io/acme/charts/web"
  version = var.chart_version
}

resource "helm_release" "other" {
  name       = "other"
  repository = "https://charts.acme.example"
  chart      = "web"
  version    = "1.0.0"
}
