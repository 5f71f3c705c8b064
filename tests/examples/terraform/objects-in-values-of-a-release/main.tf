resource "helm_release" "a" {
  name  = "a"
  chart = "x"
  values = [<<-EOT
    image: {repository: acme/app, tag: "1"}
    extraObjects:
      - apiVersion: v1
        kind: Pod
        spec: {containers: [{image: "acme/object:1"}]}
      - |
        apiVersion: v1
        kind: Pod
        spec: {containers: [{image: "acme/text:1"}]}
  EOT
  ]
}
