locals {
  proxy = "public.ecr.aws/docker/library/nginx:1.27"
}

module "ecs_service" {
  source = "terraform-aws-modules/ecs/aws//modules/service"
  container_definitions = {
    web = {
      image = "public.ecr.aws/docker/library/httpd:2.4"
    }
    log = merge({
      image = "public.ecr.aws/aws-observability/aws-for-fluent-bit:${var.bit}"
    }, {})
    proxy = { image = local.proxy }
    given = { image = var.image }
  }
}

module "fn" {
  source    = "./modules/fn"
  image_uri = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fn:5"
}

module "vm" {
  source = "./modules/vm"
  image  = "debian-cloud/debian-12"
  sidecars = [{ container_image = "acme/sidecar:1" }]
  machine_image = "ubuntu-22.04"
}
