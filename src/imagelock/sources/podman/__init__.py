"""Files of Podman."""
