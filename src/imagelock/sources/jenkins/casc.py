"""Images in the configuration of Jenkins (Configuration as Code).

https://github.com/jenkinsci/configuration-as-code-plugin#readme
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.protocol import About
from imagelock.sources.shared.jenkins_clouds import has_clouds, images_of_clouds
from imagelock.sources.shared.pipeline_variables import variables_of
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="YAML with `clouds` in `jenkins`, whatever its name is (`jenkins.yaml`,"
    " `casc.yaml`)",
    read="`containers[].image` of the templates of `kubernetes`, and the pods in their"
    " `yaml` and `yamls`; `dockerTemplateBase.image` of the templates of `docker`; `image`"
    " of the templates of `ecs` and `aci`",
    not_read="clouds of virtual machines; the scripts of `jobs`",
    pinned="behind the tag",
    notes="`${NAME}` gets its value from `[variables]` in the configuration, or from its"
    " default (`${NAME:-default}`). With `pullStrategy: PULL_NEVER`, an image is not"
    " pulled, and not locked (`local`). The same configuration is read in the data of a"
    " `ConfigMap`, and in the values of charts (`JCasC.configScripts`), where"
    " `podTemplates` are read, too.",
)
_API_VERSION: Final = re.compile(r"^apiVersion[ \t]*+:", re.MULTILINE)


def matches(path: PurePosixPath, text: str) -> bool:
    """Match the keys `jenkins` and `clouds`, in what is no manifest."""
    del path
    return not _API_VERSION.search(text) and has_clouds(text)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of agents, in the order of the text."""
    file = SourceFile(path=path, text=text, format="jenkins-casc")
    for document in documents(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
        else:
            yield from images_of_clouds(file, NodeRef(document), variables_of(context))
