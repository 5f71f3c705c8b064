"""Files of `docker buildx bake`."""
