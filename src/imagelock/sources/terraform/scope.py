"""Values of Terraform variables and locals, from the files of a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.shared.hcl_folder import Siblings, scope_in_folder

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.hcl.tree import Object
    from imagelock.syntax.hcl.values import Scope

_SIBLINGS: Final = ("variables.tf", "locals.tf", "main.tf")
_VALUES: Final = "terraform.tfvars"


def scope_of(path: PurePosixPath, root: Object, text: Text, context: Context) -> Scope:
    """Return the scope of the file at *path*, with the body *root*.

    The configuration overrides `terraform.tfvars`, which overrides the environment
    and then the defaults. `variables.tf`, `locals.tf` and `main.tf` beside the file
    have further names; they are read when such a name is looked up.
    """

    def siblings() -> Siblings:
        names = [name for name in _SIBLINGS if name != path.name]
        return Siblings(
            [path.with_name(_VALUES)], [path.with_name(name) for name in names]
        )

    return scope_in_folder(root, text, context, "TF_VAR_", siblings)
