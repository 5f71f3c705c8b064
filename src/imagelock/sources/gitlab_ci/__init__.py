"""Images in the pipelines of GitLab CI/CD."""
