variable "image" {
  default = ""
}
variable "image-tag" {
  default = ""
}
variable "registry" {
  default = ""
}
resource "docker_image" "web" {
  name = var.image
}
resource "docker_image" "api" {
  name = "ghcr.io/acme/api:${var.image-tag}"
}
resource "docker_image" "cache" {
  name = "${var.registry}redis:7"
}
resource "docker_image" "own" {
  name = "${var.registry}/redis:7"
}
