variable "chart" {
  default = "stable/memcached"
}
resource "helm_release" "redis" {
  name    = "redis"
  chart   = "stable/redis"
  version = "1.2.3"
}
resource "helm_release" "memcached" {
  chart      = var.chart
  repository = ""
  version    = "2.0.0"
}
resource "helm_release" "own" {
  chart   = "charts/own"
  version = "1.2.3"
}
resource "helm_release" "archive" {
  chart   = "./web-1.2.3.tgz"
  version = "1.2.3"
}
