resource "aws_ecs_task_definition" "t" {
  container_definitions = jsonencode([{
    name  = "a"
    image = "public.ecr.aws/nginx/nginx:1.27"
  }, {
    name  = "b"
    image = "${aws_ecr_repository.r.repository_url}:${var.tag}"
  }])
}
