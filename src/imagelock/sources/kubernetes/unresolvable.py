"""Values in manifests that are no reference before another tool has run."""

from __future__ import annotations

import re
from typing import Final

from imagelock.model.occurrence import Reason

UNRESOLVABLE: Final = (
    (
        # An import path of Go: before `ko://`, ko took it alone. It is no registry.
        re.compile(r"\Ako://|\Agithub\.com/[^:@]++\Z"),
        Reason.BUILD_OUTPUT,
        "`ko` builds it",
    ),
    (
        # https://jenkins-x.io/v3/develop/pipelines/reference/
        re.compile(r"\Auses:"),
        Reason.TARGET_REFERENCE,
        "Jenkins X takes the steps of another pipeline, with their images",
    ),
    (
        re.compile(r"\$\(|\{\{(?:=| *(?:inputs|item|steps|tasks|workflow)\b)"),
        Reason.PARAMETER,
        "a parameter decides it when it runs",
    ),
    (
        re.compile(r"(?s)\A(?!.*\{\{).*\$\{?[A-Za-z_]"),
        Reason.VARIABLE,
        Reason.VARIABLE.sentence,
    ),
)
"""What such a value looks like, why it is not locked, and the sentence for people."""
