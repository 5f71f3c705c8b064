"""The schema of `[update]`."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, field_validator

from imagelock.config.schema_tables import STRICT, WantedImage
from imagelock.config.update_settings import (
    UpdateGroup,
    UpdateSettings,
    check_different,
    check_group_name,
    check_item,
    check_title,
)

Title = Annotated[str, AfterValidator(check_title)]
Item = Annotated[str, AfterValidator(check_item)]


class UpdateGroupConfig(BaseModel):
    """Images that are updated in a request of their own: `[[update.group]]`."""

    model_config = STRICT

    name: Annotated[
        Annotated[str, AfterValidator(check_group_name)],
        Field(description="For `update --group`, and the end of the branch's name."),
    ]
    images: Annotated[
        list[WantedImage],
        Field(
            min_length=1,
            description="Images or patterns; `!IMAGE` leaves images out. An image is in"
            " the last group that matches.",
        ),
    ]
    title: Annotated[
        Title | None,
        Field(description="Its title, instead of that of `[update]` with the name."),
    ] = None
    labels: Annotated[
        list[Item] | None, Field(description="Instead of those of `[update]`.")
    ] = None
    reviewers: Annotated[
        list[Item] | None, Field(description="Instead of those of `[update]`.")
    ] = None


class UpdateConfig(BaseModel):
    """The requests that the update workflows open: `[update]`."""

    model_config = STRICT

    title: Annotated[
        Title | None,
        Field(
            description="The title of a request, `chore(images): {changes}` by default;"
            " `{changes}` stands for `update 3 images`."
        ),
    ] = None
    labels: Annotated[
        list[Item], Field(description="Labels of a new request; they must exist.")
    ] = []
    reviewers: Annotated[
        list[Item],
        Field(
            description="Who reviews a new request; `team/NAME` is a team of GitHub."
        ),
    ] = []
    limit: Annotated[
        int | None,
        Field(ge=1, description="No request is opened while this many are open."),
    ] = None
    group: Annotated[
        list[UpdateGroupConfig],
        Field(description="Requests for some of the images."),
    ] = []

    @field_validator("group")
    @classmethod
    def _have_different_names(
        cls, groups: list[UpdateGroupConfig]
    ) -> list[UpdateGroupConfig]:
        check_different([group.name for group in groups])
        return groups

    def settings(self) -> UpdateSettings:
        """Return the groups as the value that travels inside."""
        return UpdateSettings(
            tuple(UpdateGroup(group.name, tuple(group.images)) for group in self.group)
        )
