"""What physically happened to each carton, told by the plant's own log.

The one rule: only hands, belts and lanes speak here; no device and no daemon is asked.
Facts used: placed, put_back, removed, exchanged, induct_eye, lane_enter, lane_exit, lane_taken, truck_parked,
seal_put_together, belt_started, belt_stopped, pressed, estop_pressed, guard_opened, power_lost,
power_on (simulators/plant), imaged (simulators/xray).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from simulators.oracle.sources import Fact, SourceError
from simulators.oracle.words import ANOMALY, INSPECT, RELEASE

CATEGORY = {RELEASE: "released", INSPECT: "inspected", ANOMALY: "anomaly"}
NOWHERE = "unplaced"


class Exit(msgspec.Struct, frozen=True):
    """A carton went into a lane, bearing these labels and this weight."""

    carton_no: str
    lane: int
    line_ms: int
    labels: tuple[str, ...]
    weight_g: int
    touched_by_hand: bool
    entered_ms: int = -1


class Move(msgspec.Struct, frozen=True):
    """Something that binds or unbinds a carton and a track, in the order of the log."""

    line_ms: int
    kind: str
    carton_no: str
    other_no: str = ""
    at_mm: int = 0
    other_at_mm: int = 0


@dataclass(slots=True)
class CartonStory:
    """One physical carton. `place` is on_line, lane, removed, or empty while it never was anywhere."""

    carton_no: str
    place: str = ""
    lane: int = 0
    weight_g: int = 0
    length_mm: int = 0
    labels: tuple[str, ...] = ()
    by_hand: bool = False
    entered_ms: int = -1
    exits: list[Exit] = field(default_factory=list)

    @property
    def category(self) -> str:
        """Where it is at the end. A carton taken out of a lane by a person still counts for that lane."""
        if self.place == "lane":
            return CATEGORY.get(self.lane, NOWHERE)
        return self.place or NOWHERE


class Moment(msgspec.Struct, frozen=True):
    """Something of the whole line: a stop, a button, the power, a belt that starts."""

    line_ms: int
    what: str
    name: str = ""


class KeptRead(msgspec.Struct, frozen=True):
    """A frame that was kept while nobody listened, and the moment at which it was handed over."""

    line_ms: int
    role: str
    frame: str


OF_THE_LINE = (
    "belt_started", "belt_stopped", "pressed", "estop_pressed", "estop_released", "guard_opened", "guards_closed", "power_lost",
    "power_on",
)  # fmt: skip


@dataclass(slots=True)
class PlantStory:
    cartons: dict[str, CartonStory] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    trucks: dict[str, list[Fact]] = field(default_factory=dict)  # load -> the seals that truly hang at its doors
    # By the hash of a low-energy picture: the cartons that truly stand in it.
    images: dict[str, tuple[str, ...]] = field(default_factory=dict)
    imaged_ms: dict[str, int] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)
    kept_reads: list[KeptRead] = field(default_factory=list)

    @property
    def exits(self) -> list[Exit]:
        return sorted((e for c in self.cartons.values() for e in c.exits), key=lambda e: e.line_ms)


def tell_plant(facts: Sequence[Fact]) -> PlantStory:
    story = PlantStory()
    for fact in facts:
        if fact["fact"] == "truck_parked":
            story.trucks[str(fact.get("load_id"))] = list(fact.get("seals") or ())
        if fact["fact"] == "seal_put_together":
            story.trucks.pop(str(fact.get("load_id")), None)  # who looks from now on can not know; who saw it said so
        if fact["fact"] == "imaged" and fact.get("low"):
            story.images.setdefault(str(fact["low"]), tuple(str(number) for number in fact["cartons"]))
            story.imaged_ms.setdefault(str(fact["low"]), int(fact["line_ms"]))
        if fact["fact"] == "kept_read":
            story.kept_reads.append(KeptRead(int(fact["line_ms"]), str(fact["role"]), str(fact["frame"])))
        if fact["fact"] in OF_THE_LINE:
            name = str(fact.get("belt", fact.get("button", "")))
            story.moments.append(Moment(int(fact["line_ms"]), str(fact["fact"]), name))
        if "carton_no" not in fact:
            continue
        try:
            _tell(story, fact)
        except (KeyError, TypeError, ValueError) as error:
            raise SourceError(
                "plant_unreadable", f"fact {fact['fact']} at {fact['line_ms']} ms: {error!r}", "use the plant log as written"
            ) from error
    return story


def _tell(story: PlantStory, fact: Fact) -> None:
    kind, number, line_ms = str(fact["fact"]), str(fact["carton_no"]), int(fact["line_ms"])
    carton = story.cartons.get(number)
    if carton is None:
        carton = story.cartons[number] = CartonStory(number)
        if kind != "placed":
            story.strangers.append(number)
    if kind == "placed":
        carton.place, carton.lane, carton.by_hand = "on_line", 0, False
        carton.weight_g, carton.length_mm = int(fact["weight_g"]), int(fact["length_mm"])
        carton.labels = tuple(str(label) for label in fact["labels"])
        story.moves.append(Move(line_ms, "off", number))
    elif kind == "put_back":
        carton.place, carton.lane, carton.by_hand = "on_line", 0, True
        carton.labels = tuple(str(label) for label in fact["labels"])
    elif kind == "removed":
        carton.place, carton.lane = "removed", 0
        story.moves.append(Move(line_ms, "off", number))
    elif kind == "exchanged":
        other = str(fact["other_no"])
        for one in (number, other):
            story.cartons.setdefault(one, CartonStory(one)).by_hand = True
        story.moves.append(Move(line_ms, "exchanged", number, other, int(fact.get("at_mm", 0)), int(fact.get("other_at_mm", 0))))
    elif kind == "induct_eye":
        story.moves.append(Move(line_ms, "induct", number))
    elif kind == "lane_enter":
        carton.entered_ms = line_ms
    elif kind == "lane_exit":
        carton.place, carton.lane = "lane", int(fact["lane"])
        left = Exit(number, carton.lane, line_ms, carton.labels, carton.weight_g, carton.by_hand, carton.entered_ms)
        carton.exits.append(left)
        story.moves.append(Move(line_ms, "off", number))
    elif kind == "lane_taken":
        carton.place, carton.lane = "lane", int(fact["lane"])
