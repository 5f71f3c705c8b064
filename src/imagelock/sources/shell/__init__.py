"""Images in the commands of scripts: `docker run`, `kubectl run`, `skopeo copy`."""
