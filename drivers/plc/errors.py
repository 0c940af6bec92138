"""What can go wrong at the PLC, as values that a person can act on.

One rule: every error carries a code (stable, for alarms and tests), a cause (what was seen) and a next step.
`PlcWireError` and `LineRefusedError` are raised inside the driver and become reports; `PlcRefusalError` is raised to the
caller of an input method and means that nothing was queued.
"""

from __future__ import annotations


class PlcError(Exception):
    """Common shape of these errors."""

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(f"{code}: {cause}; {next_step}")
        self.code = code
        self.cause = cause
        self.next_step = next_step


class PlcWireError(PlcError):
    """The connection, a reply or a block on it cannot be trusted; the connection is closed."""


class LineRefusedError(PlcError):
    """The line is not taken now; the driver closes the connection and tries later."""


class PlcRefusalError(PlcError):
    """The driver did not take what the caller asked for; nothing of it will reach the PLC."""
