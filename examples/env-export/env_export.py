"""The locked images as variables of a `.env` file."""

import re

from imagelock.plugin import Exported, Request, pinned

SUMMARY = "variables such as `NGINX_IMAGE=docker.io/library/nginx:1.27@sha256:…`"


def export(request: Request) -> Exported:
    """Return a variable for each repository; warn of repositories with several tags."""
    variables: dict[str, str] = {}
    warnings = []
    for image in request.images:
        base = image.reference.repository.rpartition("/")[2]
        name = f"{re.sub('[^A-Z0-9]', '_', base.upper())}_IMAGE"
        if name in variables:
            warnings.append(f"`{name}` is {variables[name]}, not {pinned(image)}")
        variables.setdefault(name, pinned(image))
    text = "".join(f"{name}={value}\n" for name, value in variables.items())
    return Exported(text, tuple(warnings))
