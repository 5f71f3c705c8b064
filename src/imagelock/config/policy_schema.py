"""The schema of `[policy]`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
)

from imagelock.config.duration import duration
from imagelock.config.policy import (
    MOVING_TAGS,
    NO_LIMIT,
    POLICY_RULES,
    Acceptance,
    Denial,
    PinLevel,
    Policy,
    TagLevel,
)
from imagelock.config.schema_tables import (
    BY_PATTERN,
    FOR_ALL,
    LIST,
    STRICT,
    SWITCH,
    DurationText,
    ImagesPattern,
    known_name,
)
from imagelock.config.signature_schema import SignerConfig
from imagelock.model.finding import Rule
from imagelock.model.reference_pattern import ReferencePattern

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imagelock.config.policy import ByPattern

_EVERY: Final = "**"
_RULES: Final = {rule.slug: rule for rule in Rule if rule in POLICY_RULES}


def _age(value: object) -> object:
    if value != NO_LIMIT:
        duration(str(value))
    return value


def _rule(name: str) -> str:
    return known_name(name, tuple(_RULES), "rule of policies")


Pattern = ImagesPattern
Age = Annotated[str, BeforeValidator(_age)]
Label = Annotated[str, Field(min_length=1)]
# A choice is written as a text.
Level = Annotated[TagLevel, Field(strict=False)]
Pin = Annotated[PinLevel, Field(strict=False)]


_All = Tag(FOR_ALL)
_Some = Tag(BY_PATTERN)
_Form = Discriminator(lambda value: BY_PATTERN if isinstance(value, dict) else FOR_ALL)
Ages = Annotated[Annotated[Age, _All] | Annotated[dict[Pattern, Age], _Some], _Form]
Bases = Annotated[
    Annotated[list[Pattern], _All] | Annotated[dict[Pattern, list[Pattern]], _Some],
    _Form,
]
Labels = Annotated[
    Annotated[list[Label], _All] | Annotated[dict[Pattern, list[Label]], _Some], _Form
]


class DenialConfig(BaseModel):
    """Images that must not be used: `[[policy.deny]]`."""

    model_config = STRICT

    image: Annotated[
        Pattern,
        Field(description="A pattern, or the digest of an index or a manifest."),
    ]
    reason: Annotated[str, Field(description="Why; the message has it.")] = ""
    since: Annotated[
        date | None, Field(description="The day from which on it is denied.")
    ] = None


class AcceptanceConfig(BaseModel):
    """Findings of policies that are accepted: `[[policy.accept]]`."""

    model_config = STRICT

    rule: Annotated[
        Annotated[str, AfterValidator(_rule)], Field(description="The rule.")
    ]
    image: Annotated[Pattern, Field(description="A pattern of the images.")]
    reason: Annotated[str, Field(min_length=1, description="Why it is accepted.")]
    until: Annotated[
        date | None,
        Field(description="The last day on which it is accepted; unset, forever."),
    ] = None


class PolicyConfig(BaseModel):
    """Which images may be used: `[policy]`."""

    model_config = STRICT

    registries: Annotated[
        list[Pattern],
        Field(description="The only registries or repositories that may be used."),
    ] = []
    moving_tags: Annotated[
        Annotated[bool, Tag(SWITCH)] | Annotated[list[str], Tag(LIST)],
        Discriminator(lambda value: LIST if isinstance(value, str | list) else SWITCH),
        Field(
            description="Tags that must not be used, since they move; `true` for the"
            " usual ones, such as `latest`."
        ),
    ] = []
    levels: Annotated[
        dict[Pattern, Level],
        Field(
            description="What the tag of an image must state, by pattern: `any`,"
            " `version` or `digest`. The last pattern that matches counts."
        ),
    ] = {}
    pin: Annotated[
        dict[Pattern, Pin],
        Field(
            description="Where the digest of an image must be written, by pattern:"
            " `lock`, or `digest` in the file itself. The last counts."
        ),
    ] = {}
    deny: Annotated[
        list[DenialConfig], Field(description="Images that must not be used.")
    ] = []
    look_alike: Annotated[
        bool,
        Field(description="Report names that differ in one character from known ones."),
    ] = False
    end_of_life: Annotated[
        bool, Field(description="Report images whose version is no longer supported.")
    ] = False
    end_of_life_soon: Annotated[
        DurationText | None,
        Field(description="Also report those whose support ends within this time."),
    ] = None
    max_lag: Annotated[
        DurationText | None,
        Field(
            description="Report images of which `update` has seen a newer digest for"
            " longer than this."
        ),
    ] = None
    max_age: Annotated[
        Ages,
        Field(
            description="How old the content of an image may be, such as `180d`: for"
            " all, or by pattern, where `none` is no limit. The last counts."
        ),
    ] = {}
    bases: Annotated[
        Bases,
        Field(
            description="The only images that others may be built on: for all, or by"
            " pattern. The last counts."
        ),
    ] = {}
    labels: Annotated[
        Labels,
        Field(
            description="Labels or annotations that an image must have: all images, or"
            " by pattern. The last counts."
        ),
    ] = {}
    signer: Annotated[
        list[SignerConfig],
        Field(description="Who must have signed which images."),
    ] = []
    accept: Annotated[
        list[AcceptanceConfig], Field(description="Findings that are accepted.")
    ] = []

    def settings(self) -> Policy:
        """Return the table as the value that travels inside."""
        parse = ReferencePattern.parse
        tags = self.moving_tags
        return Policy(
            registries=tuple(map(parse, self.registries)),
            moving_tags=MOVING_TAGS if tags is True else tuple(tags or ()),
            levels=tuple((parse(text), level) for text, level in self.levels.items()),
            pins=tuple((parse(text), pin) for text, pin in self.pin.items()),
            denied=tuple(
                Denial(parse(item.image), item.reason, item.since) for item in self.deny
            ),
            look_alike=self.look_alike,
            end_of_life=self.end_of_life,
            end_of_life_soon=_time(self.end_of_life_soon),
            max_lag=_time(self.max_lag),
            signers=tuple(item.requirement() for item in self.signer),
            max_age=_by_pattern(self.max_age, _limit),
            bases=_by_pattern(self.bases, lambda bases: tuple(map(parse, bases))),
            labels=_by_pattern(self.labels, tuple),
            accepted=tuple(
                Acceptance(
                    _RULES[item.rule], parse(item.image), item.reason, item.until
                )
                for item in self.accept
            ),
        )


def _time(text: str | None) -> timedelta | None:
    return None if text is None else duration(text)


_Written = TypeVar("_Written", str, list[str])
_Value = TypeVar("_Value")


def _by_pattern(
    setting: _Written | Mapping[str, _Written], read: Callable[[_Written], _Value]
) -> ByPattern[_Value]:
    """Return the values of *setting* by pattern; a value alone is that of all images."""
    if isinstance(setting, (str, list)):
        setting = {_EVERY: setting} if setting else {}
    parse = ReferencePattern.parse
    return tuple((parse(text), read(value)) for text, value in setting.items())


def _limit(text: str) -> timedelta | None:
    return None if text == NO_LIMIT else duration(text)
