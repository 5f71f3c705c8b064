[
  {
    "name": "${name}",
    "image": "${image}:${tag}",
    "cpu": ${cpu},
    "essential": true
  },
  {
    "name": "proxy",
    "image": "nginx:1.27-alpine",
    "portMappings": [{"containerPort": ${port}}]
  }
]
