"""Leave out images that the project itself builds."""

from __future__ import annotations

from imagelock.light_typing import TYPE_CHECKING
from imagelock.model.occurrence import Occurrence
from imagelock.sources import RUNNING_BUILDS, TEST_FOLDERS
from imagelock.sources.shared.official_images import is_of_the_project

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.project.file_reader import FileReader
    from imagelock.project.related_files import RelatedFiles


def without_built(
    found: Iterable[Found],
    related: RelatedFiles,
    paths: Iterable[PurePosixPath],
    reader: FileReader,
) -> list[Found]:
    """Return *found*, with images that the project builds as skipped.

    The Makefiles, scripts and files of build tools among *paths*, which no source
    reads, are opened only if a name is left that nobody else can publish, or a command or a
    build has one; those beside tests also if a test has one.
    """
    left = [related.unless_built(each) for each in found]
    is_doubtful = any(map(_is_doubtful, left))
    tested = [each for each in left if _is_in_test(each)]
    if not is_doubtful and not tested:
        return left
    # Few names are doubtful.
    from imagelock.sources.build_files import may_build, test_folders

    around = {folder for each in tested for folder in test_folders(each.place.path)}
    for path in paths:
        if (is_doubtful or path.parent in around) and may_build(path):
            related.add(path, reader.built(path))
    return [related.unless_built(each) for each in left]


def _is_doubtful(found: Found) -> bool:
    return isinstance(found, Occurrence) and (
        found.place.format in RUNNING_BUILDS or is_of_the_project(found.reference)
    )


def _is_in_test(found: Found) -> bool:
    is_image = isinstance(found, Occurrence)
    return is_image and not TEST_FOLDERS.isdisjoint(found.place.path.parts)
