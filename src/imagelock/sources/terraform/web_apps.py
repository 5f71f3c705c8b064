"""The images of web and function apps of Azure, whose registry is a setting of its own.

registry.terraform.io/providers/hashicorp/azurerm, `azurerm_linux_web_app` and
`azurerm_linux_function_app`: `application_stack`. Before version 4 of the provider, a
web app had `docker_image` and `docker_image_tag`, and `azurerm_app_service` and
`azurerm_function_app` had `linux_fx_version`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Occurrence, Reason
from imagelock.model.reference import DOCKER_HUB
from imagelock.sources.terraform.walk import select
from imagelock.syntax.hcl.strings import is_empty
from imagelock.syntax.hcl.tree import Object, below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.hcl_file import HclFile
    from imagelock.syntax.hcl.tree import Expression

_WEB_APP: Final = re.compile(
    r"azurerm_(?:(?:linux|windows)_(?:web|function)_app|app_service|function_app)(?:_slot)?"
)
_DOCKER: Final = "DOCKER|"
_VERSIONS: Final = ("linux_fx_version", "windows_fx_version")
_SCHEME: Final = re.compile(r"https?://")
_HUB: Final = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})
_COMPUTED: Final = "is in a registry that is computed when the file is run"
_UNPINNABLE: Final = "the provider of Azure puts its parts together"


def is_web_app(kind: str) -> bool:
    """Return whether resources of the type *kind* are apps that may run an image."""
    return _WEB_APP.fullmatch(kind) is not None


def web_app_images(file: HclFile, body: Object, use: str) -> Iterator[Found]:
    """Yield the images of the app *body*, whose address is *use*."""
    for site, at in select(body, ["site_config"], use):
        if isinstance(site, Object):
            yield from _in_versions(file, site, at)
    for stack, at in select(body, ["site_config", "application_stack"], use):
        if not isinstance(stack, Object):
            continue
        yield from _of_version_3(file, stack, at)
        name, registry = (
            stack.get("docker_image_name"),
            stack.get("docker_registry_url"),
        )
        if name is not None and not is_empty(name):
            yield _image(file, name, registry, below(at, "docker_image_name"))
        for docker, inner in select(stack, ["docker"], at):
            if isinstance(docker, Object):
                yield from _function_image(file, docker, inner)


def _in_versions(file: HclFile, site: Object, use: str) -> Iterator[Found]:
    """Yield the images of `DOCKER|IMAGE`, where other apps have a language."""
    for key in _VERSIONS:
        value = site.get(key)
        if value is not None and file.scope.meaning(value).text.startswith(_DOCKER):
            yield _unpinnable(file.image(value, below(use, key), _DOCKER))


def _of_version_3(file: HclFile, stack: Object, use: str) -> Iterator[Found]:
    """Yield the image of `docker_image` and `docker_image_tag`."""
    name, tag = stack.get("docker_image"), stack.get("docker_image_tag")
    if name is None or is_empty(name):
        return
    text = file.scope.meaning(name).known_text
    if text is None or tag is None or is_empty(tag):
        yield _unpinnable(file.image(name, below(use, "docker_image")))
    else:
        found = file.image_behind(f"{text}:", tag, below(use, "docker_image_tag"))
        yield _unpinnable(found)


def _function_image(file: HclFile, docker: Object, use: str) -> Iterator[Found]:
    name, tag = docker.get("image_name"), docker.get("image_tag")
    if name is None or is_empty(name):
        return
    use_of_name = below(use, "image_name")
    text = file.scope.meaning(name).known_text
    if text is None or tag is None or is_empty(tag):
        yield _image(file, name, docker.get("registry_url"), use_of_name)
        return
    before = _registry(file, docker.get("registry_url"))
    if before is None:
        yield file.skipped(name, use_of_name, Reason.EXPRESSION, _COMPUTED)
    else:
        found = file.image_behind(f"{before}{text}:", tag, below(use, "image_tag"))
        yield _unpinnable(found)


def _image(
    file: HclFile, name: Expression, registry: Expression | None, use: str
) -> Found:
    before = _registry(file, registry)
    if before is None:
        return file.skipped(name, use, Reason.EXPRESSION, _COMPUTED)
    return _unpinnable(file.image_behind(before, name, use))


def _registry(file: HclFile, address: Expression | None) -> str | None:
    """Return the registry at *address* with its slash, or `None` if that is computed."""
    if address is None or is_empty(address):
        return ""
    text = file.scope.meaning(address).known_text
    if text is None:
        return None
    host = _SCHEME.sub("", text, count=1).strip("/")
    name = host.partition("/")[0]
    return f"{DOCKER_HUB}/" if name in _HUB else f"{host}/"


def _unpinnable(found: Found) -> Found:
    """Return *found* without a place for a digest: none is documented there."""
    if isinstance(found, Occurrence):
        return replace(found, unpinnable_reason=_UNPINNABLE)
    return found
