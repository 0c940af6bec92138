"""What two people do together with the line as a whole: hand over a shift, put new rules of customs in force.

One rule: `second` is who signed; the console fills it in when the signature is there, and the core takes nothing without it.
"""

from controller.line.event_base import Event


class ShiftHandedOver(Event, frozen=True, tag="ShiftHandedOver"):
    """Whoever acts hands the shift over to `second`. `to_account`: only this person may sign; empty = whoever does."""

    to_account: str
    notes: str
    second: str = ""


class RulesSigned(Event, frozen=True, tag="RulesSigned"):
    """Two people of customs put the rules that wait in force, named by the hash of their file."""

    sha256: str
    cause: str
    second: str = ""
    second_role: str = ""


ShiftEvent = ShiftHandedOver | RulesSigned
