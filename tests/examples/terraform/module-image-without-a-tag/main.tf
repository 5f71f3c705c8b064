module "run" {
  source        = "acme/run/google"
  image         = "us-docker.pkg.dev/cloudrun/container/hello"
  source_image  = "debian-cloud/debian-12"
  machine_image = "debian"
  logo_image    = "cdn.example.com/logo.png"
}
