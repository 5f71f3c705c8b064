resource "docker_image" "n" {
  name = "nginx:1.27"
}
resource "docker_container" "c" {
  name  = "web"
  image = docker_image.n.image_id
}
data "docker_registry_image" "r" {
  name = "redis:7"
}
