resource "aws_codebuild_project" "build" {
  environment {
    image = "public.ecr.aws/acme/builder:7"
  }
}

resource "azurerm_linux_web_app" "web" {
  site_config {
    application_stack {
      docker_registry_url = "https://mcr.microsoft.com"
      docker_image_name   = "appsvc/staticsite:2"
    }
  }
}

resource "digitalocean_app" "app" {
  spec {
    service {
      image {
        registry_type = "DOCKER_HUB"
        registry      = "acme"
        repository    = "web"
        tag           = "1.0"
      }
    }
  }
}

resource "google_compute_instance" "machine" {
  boot_disk {
    initialize_params {
      image = "debian-cloud/debian-12"
    }
  }
}

resource "lxd_instance" "machine" {
  image = "ubuntu:22.04"
}

resource "hcloud_server" "machine" {
  image = data.hcloud_image.packer.id
}
