[[- define "task" -]]
task "[[ .name ]]" {
  driver = "docker"
  config {
    image = "redis:7.2-alpine"
  }
}
task "computed" {
  driver = "docker"
  config {
    image = "acme/web:${NOMAD_META_tag}"
  }
}
[[- end -]]
