"""Dockerfiles, as BuildKit reads them."""
