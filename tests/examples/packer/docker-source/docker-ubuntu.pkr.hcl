packer {
  required_plugins {
    docker = {
      version = ">= 1.0.8"
      source  = "github.com/hashicorp/docker"
    }
  }
}

variable "docker_image" {
  type    = string
  default = "ubuntu:xenial"
}

source "docker" "ubuntu" {
  image  = var.docker_image
  commit = true
}

source "docker" "ubuntu-bionic" {
  image  = "ubuntu:bionic"
  commit = true
}

source "amazon-ebs" "vm" {
  image = "ami-1:2"
}

build {
  name    = "learn-packer"
  sources = ["source.docker.ubuntu", "source.docker.ubuntu-bionic"]
  source "source.docker.ubuntu" {
    image = "ubuntu:noble"
  }
  post-processor "docker-tag" {
    repository = "learn-packer"
    tags       = ["ubuntu-xenial"]
  }
}
