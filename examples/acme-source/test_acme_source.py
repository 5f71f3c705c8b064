"""The source passes the checks that the built-in sources pass."""

import acme_source

from imagelock.testing import check_source

BUILD = """\
pull redis:7
push somewhere
pull ghcr.io/acme/web:1.4
pull {{ image }}
"""


def test_the_images_of_a_file() -> None:
    """Find both images and the template, whatever happens to the file."""
    check_source(
        acme_source,
        "build.acme",
        BUILD,
        ["redis:7", "ghcr.io/acme/web:1.4", "template"],
    )
