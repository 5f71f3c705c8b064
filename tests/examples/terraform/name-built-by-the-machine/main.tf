locals {
  image = "shop-inference:0.1"
}
resource "aws_launch_template" "gpu" {
  user_data = base64encode(<<-EOT
    docker build -t shop-inference:0.1 .
    docker build --tag nginx:1.27 .
  EOT
  )
}
resource "aws_ecs_task_definition" "inference" {
  container_definitions = jsonencode([
    { name = "inference", image = local.image },
    { name = "web", image = "nginx:1.27" },
    { name = "other", image = "shop-other:0.1" },
  ])
}
