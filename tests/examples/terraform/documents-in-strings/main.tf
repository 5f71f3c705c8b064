variable "tag" { default = "7.2" }

resource "kubernetes_manifest" "decoded" {
  manifest = yamldecode(<<-EOT
    apiVersion: v1
    kind: Pod
    spec:
      containers:
        - {name: web, image: "nginx:1.26"}
        - {name: side, image: "redis:${var.tag}"}
    EOT
  )
}

resource "kubernetes_manifest" "object" {
  manifest = {
    apiVersion = "v1"
    kind       = "Pod"
    spec       = { containers = [{ image = "httpd:2.4" }] }
  }
}

resource "kubectl_manifest" "text" {
  yaml_body = <<YAML
apiVersion: v1
kind: Pod
spec:
  containers:
  - image: ghcr.io/acme/app:1
YAML
}

resource "kubectl_manifest" "file" {
  yaml_body = file("pod.yaml")
}

resource "kubectl_manifest" "quoted" {
  yaml_body = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: \"busybox:1.36\"}]}\n"
}

resource "k8s_manifest" "loop" {
  content = <<EOT
apiVersion: v1
kind: Pod
spec:
  containers: [
%{for name in var.names}
  {name: x, image: "acme/looped:1",
%{endfor}
EOT
}

resource "nomad_job" "job" {
  jobspec = <<EOT
job "cache" {
  group "cache" {
    task "memcached" {
      driver = "docker"
      config { image = "memcached:1.6" }
    }
  }
}
EOT
}
