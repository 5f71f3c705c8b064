"""Values of Terraform variables and locals, from the files of a folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.sources.shared.hcl_folder import Siblings, scope_in_folder

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.hcl.tree import Object
    from imagelock.syntax.hcl.values import Scope

_DEFINITIONS: Final = (".tf", ".tf.json", ".tofu", ".tofu.json")
_VALUES: Final = (".tfvars", ".tfvars.json")
_AUTOMATIC: Final = (".auto.tfvars", ".auto.tfvars.json")
_FIRST: Final = ("terraform.tfvars.json", "terraform.tfvars")
"""Files that are always read, the last first: those of `_AUTOMATIC` override them."""

_OVERRIDE: Final = re.compile(r"(?:.*_)?override\.(?:tf|tofu)(?:\.json)?")


def scope_of(path: PurePosixPath, root: Object, text: Text, context: Context) -> Scope:
    """Return the scope of the file at *path*, with the body *root*.

    The configuration overrides `*.auto.tfvars` and `terraform.tfvars`, which override
    the environment and then the defaults. The other files of the folder have further
    names; they are read when such a name is looked up.
    """

    def siblings() -> Siblings:
        folder = path.parent
        module = context.memory.remember(
            (scope_of, folder), lambda: _module(folder, context)
        )
        others = [each for each in module.definitions if each != path]
        return replace(module, definitions=others)

    return scope_in_folder(root, text, context, "TF_VAR_", siblings)


def _module(folder: PurePosixPath, context: Context) -> Siblings:
    """Return the files of a module, which is a folder, and those with its values.

    Terraform, "Variable Definition Precedence" and "Override Files": of files that
    are read by themselves, the last wins.
    """
    files = [each for each in context.files_below(folder) if each.parent == folder]
    values = [each for each in files if each.name.endswith(_VALUES)]
    automatic = [each for each in values if each.name.endswith(_AUTOMATIC)]
    always = [folder / name for name in _FIRST if folder / name in values]
    definitions = [each for each in files if each.name.endswith(_DEFINITIONS)]
    overrides = [each for each in definitions if _OVERRIDE.fullmatch(each.name)]
    return Siblings(
        [*reversed(automatic), *always],
        [
            *reversed(overrides),
            *(each for each in definitions if each not in overrides),
        ],
        [each for each in values if each not in {*automatic, *always}],
    )
