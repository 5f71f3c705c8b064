variable "name" {
  type    = string
  default = "debian"
}

variable "version" {
  type    = number
  default = 12
}

variable "cache_image" {
  type    = string
  default = "redis:6"
}

variable "proxy_image" {
  type = string
}

locals {
  tag = "${var.version}-slim"
}
