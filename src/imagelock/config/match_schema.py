"""The form of `[[match]]` in the settings."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from imagelock.config.schema_tables import STRICT, kebab
from imagelock.sources.pattern_rules import check_pattern

PatternText = Annotated[str, AfterValidator(check_pattern)]
PresetName = Literal["cdk", "dagger", "github-env", "renovate", "testcontainers"]


class MatchConfig(BaseModel):
    """A match rule for image references at places of your own: `[[match]]`."""

    model_config = STRICT

    paths: Annotated[
        list[str],
        Field(
            min_length=1,
            description="Gitignore patterns. A `preset` has its own, and a `pattern`"
            " needs some.",
        ),
    ] = ["*.yaml", "*.yml", "*.json"]
    key: Annotated[
        str | None,
        Field(min_length=1, description="The name of a key, or a pattern: `*_IMAGE`."),
    ] = None
    path: Annotated[
        str | None,
        Field(
            min_length=1,
            description="The path of a value in a document: `spec.images[].*.name`,"
            " where `[]` is every item and `*` every key.",
        ),
    ] = None
    pattern: Annotated[
        PatternText | None,
        Field(
            description="A regular expression for files of any format, with a group"
            " `(?P<image>…)`, or `(?P<repository>…)` and, as there are, `registry`,"
            " `tag` and `digest`."
        ),
    ] = None
    preset: Annotated[
        PresetName | None,
        Field(description="The name of patterns that many projects have."),
    ] = None
    value: Annotated[
        Literal["image", "yaml", "json"],
        Field(
            description="Type of the value: the reference, or a text with YAML or JSON"
            " that has the reference at `inside`."
        ),
    ] = "image"
    inside: Annotated[
        str,
        Field(
            min_length=1,
            description="For `yaml` and `json`: the key of the reference in the text,"
            " or its path if it has a `.` or `[]`.",
        ),
    ] = "image"
    tag_key: Annotated[
        str | None,
        Field(min_length=1, description="The sibling key that has the tag."),
    ] = None

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        places = (self.key, self.path, self.pattern, self.preset)
        if sum(place is not None for place in places) != 1:
            message = "a match has either a `key`, a `path`, a `pattern` or a `preset`"
            raise ValueError(message)
        given = self.model_fields_set
        if self.pattern is not None and "paths" not in given:
            message = '`pattern` needs `paths`: `paths = ["*.sh"]`'
            raise ValueError(message)
        of_trees = sorted(given & {"value", "inside", "tag_key"})
        if of_trees and self.key is None and self.path is None:
            message = f"`{kebab(of_trees[0])}` needs a `key` or a `path`"
            raise ValueError(message)
        if self.value == "image" and "inside" in given:
            message = '`inside` needs `value = "yaml"` or `value = "json"`'
            raise ValueError(message)
        return self
