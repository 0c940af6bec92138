"""What the core keeps of an alarm while a person may still have to do something about it: a frozen value.

One rule: the state of an alarm (ISA-18.2) is computed from these facts and never stored beside them.
"""

from enum import StrEnum

import msgspec


class AlarmState(StrEnum):
    """An alarm that is normal again is kept nowhere."""

    UNACKED = "unacked"
    ACKED = "acked"
    RETURNED = "returned"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"


UNSEEN = (AlarmState.UNACKED, AlarmState.RETURNED)
"""It is on the list for people, and nobody has said that it is seen."""


class StandingAlarm(msgspec.Struct, frozen=True):
    """`active`: its condition stands, or it happened once and nobody has acknowledged it.

    `since_ms` is its newest beginning, `times` how often it came since it was last normal. `shelved_until_ms` < 0 = not shelved.
    `suppressed_by` is the code of the cause that it follows from. `called_ms` is when it last came back from the shelf: it calls
    for a person anew then, though it began before. `out_by`: who took it out of service; it is kept then though it never began.
    """

    key: str
    code: str
    subject: str
    detail: str
    since_ms: int
    standing: bool
    times: int = 1
    active: bool = True
    first_out: bool = False
    acked_by: str = ""
    acked_role: str = ""
    suppressed_by: str = ""
    shelved_by: str = ""
    shelved_role: str = ""
    shelved_until_ms: int = -1
    shelved_cause: str = ""
    called_ms: int = -1
    out_by: str = ""
    out_role: str = ""
    out_since_ms: int = -1
    out_cause: str = ""

    @property
    def calls_since_ms(self) -> int:
        """Since when it calls for a person: what was silenced later than that is not heard."""
        return max(self.since_ms, self.called_ms)

    @property
    def aside(self) -> bool:
        """Whether a named person put it aside: it stays until that ends, whatever becomes of its condition."""
        return bool(self.out_by) or self.shelved_until_ms >= 0

    @property
    def state(self) -> AlarmState:
        if self.out_by:
            return AlarmState.OUT_OF_SERVICE
        if self.shelved_until_ms >= 0:
            return AlarmState.SHELVED
        if self.suppressed_by:
            return AlarmState.SUPPRESSED
        if self.acked_by:
            return AlarmState.ACKED
        return AlarmState.UNACKED if self.active else AlarmState.RETURNED


class AlarmFacts(msgspec.Struct, frozen=True):
    """The scalar part: keys of alarms whose condition stands, of those suppressed, causes with the time their grace ends
    (-1 while the cause stands), beginnings of the last ten minutes, and how many had to be let go of: those that everybody
    sees and those of customs' own apart, for a figure must not tell what the list does not. `looked` is what the
    conditions hung on at the last look, so that an event that changes none of it costs nothing. `silenced_ms`,
    `silenced_by_customs_ms`: when somebody of the own organisation last silenced the line: what called before is not heard there.
    `unheard`: keys that stood before the start and of whose device or screen nothing was heard since.
    """

    standing: tuple[str, ...] = ()
    suppressed: tuple[str, ...] = ()
    causes: tuple[tuple[str, int], ...] = ()
    begun: tuple[int, ...] = ()
    let_go: int = 0
    looked: tuple[str, ...] = ()
    begun_of_customs: tuple[int, ...] = ()
    let_go_of_customs: int = 0
    silenced_ms: int = -1
    silenced_by_customs_ms: int = -1
    unheard: tuple[str, ...] = ()


def alarm_key(code: str, subject: str) -> str:
    """What one alarm is called: in the table, in acts and on screens."""
    return f"{code}:{subject}"[:160]
