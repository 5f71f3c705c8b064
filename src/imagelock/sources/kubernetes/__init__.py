"""Kubernetes objects."""
