"""What truly went into which container and out of the gate, and what the journal says of lists, passes and orders.

The one rule: the plant's side comes from the plant log, the daemon's side from the events of the journal and from the
sequence and check word of the command it put on the wire; neither is asked about the other.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from simulators.oracle.journal_story import Json, Row
from simulators.oracle.sources import Fact

OPEN_BARRIER = 35


def check_word(pass_id: str) -> int:
    """CRC-16 with polynomial 0x1021 and start 0xFFFF over the pass's id, 0xFFFF for 0: what the barrier command must carry."""
    crc = 0xFFFF
    for byte in pass_id.encode():
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021) & 0xFFFF if crc & 0x8000 else crc << 1 & 0xFFFF
    return crc or 0xFFFF


@dataclass(slots=True)
class TruckOut:
    """A truck that passed the barrier, with what truly was in its container."""

    line_ms: int
    plate: str
    container_no: str
    seal_no: str
    cartons: tuple[str, ...]


@dataclass(slots=True)
class YardStory:
    in_box: dict[str, str] = field(default_factory=dict)
    # What a person truly took out of a container again.
    unloaded: set[str] = field(default_factory=set)
    out: list[TruckOut] = field(default_factory=list)
    barrier_opened: list[tuple[int, int]] = field(default_factory=list)

    @property
    def departed(self) -> set[str]:
        return {number for truck in self.out for number in truck.cartons}


def tell_yard(facts: Sequence[Fact]) -> YardStory:
    story = YardStory()
    for fact in facts:
        kind, line_ms = fact["fact"], int(fact["line_ms"])
        if kind == "loaded":
            story.in_box[str(fact["carton_no"])] = str(fact["container_no"])
        elif kind == "unloaded":
            story.in_box.pop(str(fact["carton_no"]), None)
            story.unloaded.add(str(fact["carton_no"]))
        elif kind == "barrier" and fact["position"] == "open":
            story.barrier_opened.append((line_ms, int(fact["gate"])))
        elif kind == "truck_left":
            numbers = tuple(str(number) for number in fact["cartons"])
            plate, box, seal = (str(fact[name]) for name in ("plate", "container_no", "seal_no"))
            story.out.append(TruckOut(line_ms, plate, box, seal, numbers))
    return story


@dataclass(slots=True)
class BoxOnPaper:
    """A container as the events of the journal leave it."""

    numbers: dict[str, None] = field(default_factory=dict)
    closed: bool = False
    weighed: bool = False
    seal_no: str = ""


@dataclass(slots=True)
class PassOnPaper:
    container_no: str
    plate: str
    seal_no: str
    void: bool = False


@dataclass(slots=True)
class DeparturePapers:
    """Feed it every row in order. An act that its row refuses changes nothing.

    `left_ms` is when a container truly left: what people say afterwards of a number that is in it is about another carton.
    """

    left_ms: dict[str, int] = field(default_factory=dict)
    boxes: dict[str, BoxOnPaper] = field(default_factory=dict)
    passes: dict[str, PassOnPaper] = field(default_factory=dict)
    departed: set[str] = field(default_factory=set)
    loaded: list[tuple[str, str]] = field(default_factory=list)

    def take(self, row: Row) -> None:
        """`loaded` is what this row put into a container, as (container, carton key)."""
        self.loaded = []
        event = row.event
        for told in row.outcome_list("messages"):
            if told.get("kind") == "linked_release":
                self.departed.add(str(told.get("about")).partition(":")[2])
        if row.type == "CodesRead" and event.get("role") == "loading":
            self._scan(row)
        elif row.outcome_list("refusals"):
            return
        elif row.type == "ContainerOpened":
            number = _bare(event["container_no"])
            if number in self.departed:  # it came back empty
                self.departed.discard(number)
                self.boxes[number] = BoxOnPaper()
            self.boxes.setdefault(number, BoxOnPaper())
        elif row.type in ("ContainerClosed", "ContainerWeighed", "ContainerSealed", "ContainerReopened"):
            self._step(row.type, self.boxes.setdefault(_bare(event["container_no"]), BoxOnPaper()), event)
        elif row.type == "CartonRemoved":
            self._removed(_bare(event["code"]), row.line_ms)
        elif row.type == "GatePassIssued" and row.role in ("officer", "section_chief"):
            box = self.boxes.get(_bare(event["container_no"]), BoxOnPaper())
            self.passes.setdefault(
                str(event["pass_id"]), PassOnPaper(_bare(event["container_no"]), _bare(event["plate"]), box.seal_no)
            )
        elif row.type == "GatePassVoided" and str(event["pass_id"]) in self.passes:
            self.passes[str(event["pass_id"])].void = True

    def _scan(self, row: Row) -> None:
        for finding in row.outcome_list("findings"):
            scope, _, key = str(finding.get("subject")).partition(":")
            words = str(finding.get("text")).split()
            if scope == "carton" and words[:2] == ["loaded", "into"]:
                self.boxes.setdefault(words[2], BoxOnPaper()).numbers[key] = None
                self.loaded.append((words[2], key))

    def _step(self, kind: str, box: BoxOnPaper, event: Json) -> None:
        if kind == "ContainerClosed":
            box.closed = True
        elif kind == "ContainerWeighed":
            box.weighed = True
        elif kind == "ContainerSealed":
            box.seal_no = _bare(event["seal_no"])
        else:
            self._reopen(_bare(event["container_no"]))

    def _removed(self, number: str, at_ms: int) -> None:
        for name, box in self.boxes.items():
            if name in self.left_ms and self.left_ms[name] <= at_ms:
                continue
            for key in [key for key in box.numbers if key.partition("/")[2] == number]:
                del box.numbers[key]
                self._reopen(name)

    def _reopen(self, name: str) -> None:
        box = self.boxes.setdefault(name, BoxOnPaper())
        box.closed = box.weighed = False
        box.seal_no = ""
        for one in self.passes.values():
            one.void = one.void or one.container_no == name


def orders(row: Row) -> list[tuple[int, int, int]]:
    """(gate, check word, sequence) of each barrier that the outcome of a row orders open."""
    return [
        (int(c.get("arg1", 0)), int(c.get("arg2", 0)), int(c.get("seq", 0)))
        for c in row.outcome_list("commands")
        if c.get("type") == "PlcCommand" and int(c.get("code", 0)) == OPEN_BARRIER
    ]


def departing(row: Row) -> list[str]:
    """The cartons that a row tells the port have left."""
    bodies = [json.loads(str(one["body"])) for one in row.outcome_list("messages") if one.get("kind") == "linked_release"]
    return [str(key) for body in bodies for key in body.get("cartons", ())]


def _bare(text: object) -> str:
    return "".join(str(text).split()).upper()
