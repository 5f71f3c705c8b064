"""Pipelines of Buildkite: their names, images, and what they build."""
