"""How a setting is described: its meaning, its range, when a change applies.

One rule: a setting without a description and, for a number, a range can not be written down.
"""

import msgspec

RESTART = "daemon restart"
EMPTY_BELT = "daemon restart with an empty belt"


def number(description: str, applies: str = RESTART, *, ge: int, le: int) -> msgspec.Meta:
    """The description and range of a setting that is a whole number."""
    return msgspec.Meta(description=description, ge=ge, le=le, extra={"applies": applies})


def setting(
    description: str, applies: str = RESTART, *, min_length: int | None = None, pattern: str | None = None
) -> msgspec.Meta:
    """The description of any other setting; `pattern` and `min_length` are for texts and lists."""
    extra = {"applies": applies}
    return msgspec.Meta(description=description, min_length=min_length, pattern=pattern, extra=extra)


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all tables."""
