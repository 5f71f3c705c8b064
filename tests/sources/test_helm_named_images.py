"""Values that name another image of the same values by its key."""

from __future__ import annotations

import pytest

from tests.sources.test_helm_values import meanings


def names(text: str) -> list[tuple[str, str]]:
    """Return the values of `image` keys in *text*, without those of mappings."""
    return [item for item in meanings(text) if item[0].endswith("image")]


@pytest.mark.parametrize(
    "text",
    [
        # TrueNAS
        (
            "images: {arcade_image: {repository: acme/arcade, tag: '2'}}\n"
            "consts: {apps: {arcade: {id: arcade, image: arcade_image}}}\n"
        ),
        "images: {image: {repository: acme/main, tag: '2'}}\napp: {image: image}\n",
        # texts instead of mappings
        (
            "images: {web: 'acme/web:1', worker: 'acme/worker:1'}\n"
            "deployments: [{name: a, image: web}, {name: b, image: worker}]\n"
        ),
        # official images have such names, too, but these are the keys of images
        (
            "images: {redis: {registry: quay.io, repository: acme/redis, tag: '7'}}\n"
            "cache: {image: redis}\n"
        ),
        (
            "containerImages: {nginx: {repository: acme/nginx, tag: '1'}}\n"
            "web: {image: nginx}\n"
        ),
        # a list of images with names
        (
            "images:\n  - {name: api, repository: acme/api, tag: '1'}\n"
            "api: {image: api}\n"
        ),
        # anywhere, if nobody can publish an image of that name
        (
            "shared: {web_base: {repository: acme/base, tag: '1'}}\n"
            "app: {image: web_base}\n"
        ),
        # paths
        "images: {web: {repository: acme/web, tag: '1'}}\napp: {image: images.web}\n",
        (
            "global: {images: {web: {repository: acme/web, tag: '1'}}}\n"
            "app: {image: global.images.web}\n"
        ),
    ],
)
def test_a_name_of_an_image_in_the_same_values_is_no_image(text: str) -> None:
    assert {meaning for _, meaning in names(text)} == {"alias"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the keys are those of parts of the application, not of images
        (
            "redis: {repository: acme/redis, tag: '7'}\ncache: {image: redis}\n",
            "redis",
        ),
        ("nginx: {enabled: true, image: nginx}\n", "nginx"),
        ("images: {httpd: {pullPolicy: Always}}\napp: {image: httpd}\n", "httpd"),
        ("images: {httpd: ''}\napp: {image: httpd}\n", "httpd"),
        # with a tag it is a reference
        (
            "images: {web: {repository: acme/web, tag: '1'}}\napp: {image: 'web:2'}\n",
            "web:2",
        ),
        (
            "images: {web: {repository: acme/web, tag: '1'}}\napp: {image: quay.io/web}\n",
            "quay.io/web",
        ),
    ],
)
def test_other_names_are_images(text: str, expected: str) -> None:
    assert [meaning.removesuffix(":latest") for _, meaning in names(text)] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "images: {web: {pullPolicy: Always}}\napp: {image: web}\n",
        "images: {web: ''}\napp: {image: web}\n",
        "registry: quay.io/acme\nspec: {kc: {image: web, service: kc}}\n",
        "db: {image: web, version: latest}\n",
    ],
)
def test_a_name_that_nobody_can_publish_needs_other_values(text: str) -> None:
    assert [meaning for _, meaning in names(text)] == ["needs-base"]


def test_the_reason_says_which_image_is_meant() -> None:
    from tests.sources.test_helm_values import found

    text = "images: {web: {repository: acme/web, tag: '1'}}\napp: {image: web}\n"
    (alias,) = (f for f in found(text) if f.place.location == "app.image")

    assert "`images.web`" in getattr(alias, "detail", "")
