"""What every event is made of; a station's events are in a module of their own beside it.

One rule: nothing here knows a station. `events.AnyEvent` joins all of them.
"""

import msgspec


class Event(msgspec.Struct, frozen=True, tag_field="type", kw_only=False):
    """Base of all events. Each has a tag of its own: the journal tells them apart by it."""


class EvidenceNamed(msgspec.Struct, frozen=True):
    """A file of the evidence store that an event rests on."""

    sha256: str
    size: int
    name: str
