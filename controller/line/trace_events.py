"""What can happen to a carton's trace code.

One rule: chance is no matter of the core: the code comes with the event, whoever drew it.
"""

from controller.line.event_base import Event


class TraceCodeIssued(Event, frozen=True, tag="TraceCodeIssued"):
    """A code was drawn for a carton that took the release lane or was let go by hand. It counts once for each carton."""

    carton: str
    code: str


TraceEvent = TraceCodeIssued
