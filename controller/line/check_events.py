"""Events in which the daemon says that it does not trust itself.

One rule: each of them holds the whole line until a person has looked.
"""

from controller.line.event_base import Event


class ReplayDiffered(Event, frozen=True, tag="ReplayDiffered"):
    """At the start the journal was applied again and row `at_seq` had another outcome."""

    at_seq: int


class SelfCheckFailed(Event, frozen=True, tag="SelfCheckFailed"):
    """A check that stays on in production found an outcome that must not be (`controller/daemon/invariants.py`)."""

    code: str
    cause: str


CheckEvent = ReplayDiffered | SelfCheckFailed
