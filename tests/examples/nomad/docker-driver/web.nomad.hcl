job "w" {
  group "g" {
    task "t" {
      driver = "docker"
      config {
        image = "redis:7" # cache
        # image = "old:1"
      }
    }
    task "v" {
      driver = "docker"
      config { image = "acme/app:${var.tag}" }
    }
    task "q" {
      driver = "qemu"
      config { image_path = "local/x.img" }
    }
  }
}
variable "tag" { default = "1" }
