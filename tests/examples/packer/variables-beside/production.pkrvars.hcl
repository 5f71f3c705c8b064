proxy_image = "nginx:1.27"
name        = "not-read-without-being-named"
