job [[ template "job_name" . ]] {
  [[ template "region" . ]]
  datacenters = [[ var "datacenters" . | toStringList ]]
  type = "service"

  group "db" {
    count = [[ var "count" . ]]
    task "proxy" {
      driver = "docker"
      config {
        image = "nginx:alpine" [[/* the proxy */]]
        ports = ["http"]
      }
      template {
        data = <<EOF
image = "not/an-image:1"
EOF
      }
    }
    [[- if var "controller" . ]]
    task "boundary" {
      driver = "docker"
      config {
        image = "hashicorp/boundary:[[ var "version" . ]]"
        # image = "old/boundary:1"
      }
    }
    [[- end ]]
    task "worker" {
      driver = "podman"
      config { image = "docker://ghcr.io/acme/worker:2" }
    }
    task "base" {
      driver = "docker"
      config {
        image = [[ template "image" . ]]
      }
    }
  }
}
