variable "pools" { type = map(string) }
job "web" {
  datacenters = concat(
    var.pools
    .main,
    [local.other
    .name],
  )
  group "web" {
    task "web" {
      driver = "docker"
      config {
        image = "nginx:1.27"
      }
    }
  }
}
