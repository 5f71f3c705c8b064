resource "kubernetes_deployment_v1" "d" {
  spec { template { spec { container {
    name  = "a"
    image = "nginx:1.27"
  } } } }
}
