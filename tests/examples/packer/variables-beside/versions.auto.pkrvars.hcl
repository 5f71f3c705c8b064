cache_image = "redis:7"
version     = 13
