"""A constraint of OPA Gatekeeper that admits only locked digests.

Gatekeeper, "Constraint Templates" (templates.gatekeeper.sh/v1), with Rego of version 1.
"""

from __future__ import annotations

from typing import Final

from imagelock.export.admission_policy import LABEL, NAME, locked_digests
from imagelock.export.target import Exported, Request
from imagelock.export.yaml_objects import dumped

SUMMARY: Final = (
    "a template and a constraint for OPA Gatekeeper that admit only Pods whose images"
    " have a locked digest"
)
REGO: Final = """\
package imageslock

images contains image if {
  some kind in ["containers", "initContainers", "ephemeralContainers"]
  image := input.review.object.spec[kind][_].image
}

images contains image if {
  image := input.review.object.spec.volumes[_].image.reference
}

is_locked(image) if {
  [_, digest] := split(image, "@")
  digest in object.keys(input.parameters.digests)
}

violation contains {"msg": msg} if {
  some image in images
  not is_locked(image)
  msg := sprintf("not a digest of images.lock: %s", [image])
}
"""
_SCHEMA: Final = {
    "type": "object",
    "properties": {
        "digests": {"type": "object", "additionalProperties": {"type": "string"}}
    },
}


def export(request: Request) -> Exported:
    """Return the template, and the constraint with the digests of all images."""
    template = {
        "apiVersion": "templates.gatekeeper.sh/v1",
        "kind": "ConstraintTemplate",
        "metadata": {"name": "imageslock"},
        "spec": {
            "crd": {
                "spec": {
                    "names": {"kind": "ImagesLock"},
                    "validation": {"openAPIV3Schema": _SCHEMA},
                }
            },
            "targets": [
                {
                    "target": "admission.k8s.gatekeeper.sh",
                    "code": [
                        {"engine": "Rego", "source": {"version": "v1", "rego": REGO}}
                    ],
                }
            ],
        },
    }
    constraint = {
        "apiVersion": "constraints.gatekeeper.sh/v1beta1",
        "kind": "ImagesLock",
        "metadata": {"name": NAME},
        "spec": {
            "match": {
                "kinds": [{"apiGroups": [""], "kinds": ["Pod"]}],
                "namespaceSelector": {"matchLabels": LABEL},
            },
            "parameters": {"digests": dict(locked_digests(request))},
        },
    }
    return Exported(dumped([template, constraint]))
