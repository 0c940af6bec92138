"""What the core keeps of containers, gate passes and trucks at the gate: plain frozen values.

One rule: the loading list is derived, never stored: the cartons of a container are those that say they are in it.
"""

from __future__ import annotations

import msgspec


def number_of(name: str) -> str:
    """The number on the container that is known by this name: what left and is loaded again has a name of its own."""
    return name.partition("@")[0]


class Container(msgspec.Struct, frozen=True):
    """A container or ULD 集装箱 that is loaded at `door`. A time < 0 = that has not happened, or was undone by a reopening.

    `container_no` is the number on it; of one that left, and whose number is loaded again, with "@" and the time it left.
    `count` is what people counted at the closing, `net_g` what the scale gave without the empty container.
    """

    container_no: str
    door: str
    opened_ms: int
    closed_ms: int = -1
    count: int = -1
    weighed_ms: int = -1
    net_g: int = -1
    sealed_ms: int = -1
    seal_no: str = ""
    departed_ms: int = -1
    departed_by: str = ""

    @property
    def is_open(self) -> bool:
        return self.closed_ms < 0 and self.departed_ms < 0


class Door(msgspec.Struct, frozen=True):
    """A loading door, named as its reader. `scans` counts them, so that whoever scans knows which answer is his.

    `code` is empty when the last scan counted, else the reason why not; `unsure` is a number that one more scan confirms;
    `seal` a seal label of a recheck that was just scanned: the next carton must be the one it is on.
    """

    name: str
    scans: int = 0
    text: str = ""
    carton: str = ""
    code: str = ""
    cause: str = ""
    at_ms: int = -1
    unsure: str = ""
    seal: str = ""


class GatePass(msgspec.Struct, frozen=True):
    """A pass 核放单: this container on this truck under this seal may leave. `voided_ms` < 0 while it stands."""

    pass_id: str
    container_no: str
    plate: str
    seal_no: str
    gross_g: int
    issued_ms: int
    issued_by: str
    voided_ms: int = -1


class Visit(msgspec.Struct, frozen=True):
    """The truck that stands at a gate, as the gate saw it, and what came of it.

    `state`: waiting (for a person or the PLC), refused, opening (ordered, not confirmed), unsure (ordered, and no
    confirmation came, or it came after the truck had been told no or to wait), opened, closed. `order_seq` is the
    command's sequence, -1 before; from then on `container_no` is the container it was ordered for, and `container_read`
    what the gate reads where that is another text. `form_id` is the paper that the truck shows. `no_by`: the officer who
    said that it stays. `behind` is the last truck that was told to wait because of this one.
    """

    gate: str
    session_id: str
    direction: str
    mode: str
    plate: str
    container_no: str
    seal_no: str
    gross_g: int
    plate_sure: bool
    container_sure: bool
    arrived_ms: int
    state: str
    codes: tuple[str, ...] = ()
    pass_id: str = ""
    order_seq: int = -1
    checked_by: str = ""
    behind: Visit | None = None
    container_read: str | None = None
    form_id: str = ""
    no_by: str = ""

    @property
    def read_no(self) -> str:
        """The container number as the gate reads it, empty where it read none."""
        return self.container_no if self.container_read is None else self.container_read

    def of_session(self, session_id: str) -> Visit | None:
        """The truck of this session, if it is this one or waits behind it."""
        return next((one for one in (self, self.behind) if one is not None and one.session_id == session_id), None)
