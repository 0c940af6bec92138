"""A line with a loading door and a gate: `Departure` tells stories of containers and trucks."""

from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.belt import RingKind
from controller.line.commands import AnswerGate, CommandCode, Message, Outcome, PlcCommand
from controller.line.departure_state import Door, Visit
from controller.line.events import CodesRead, ReadText
from controller.line.gate_check import shown_of
from controller.line.gate_events import GateArrived, GateChecked, GatePassIssued
from controller.line.holds import lifting
from controller.line.loading_events import ContainerClosed, ContainerOpened, ContainerSealed, ContainerWeighed
from controller.line.plc_events import CommandAnswered
from controller.line.profile import GateLane, LineProfile
from controller.line.state import Draft
from tests.line.line_story import FILE, PROFILE, Story

BOX, PLATE, SEAL = "TGHU1234567", "渝B12345", "SEAL0001"
GATED = replace(PROFILE, gates=(GateLane("gate", 1),))


class Departure(Story):
    """Doors, containers and a gate on top of the line."""

    def __init__(self, profile: LineProfile = GATED) -> None:
        super().__init__(profile)
        self.session = 0

    def released(self, *numbers: str) -> None:
        """These cartons took the release lane."""
        self.ready(*numbers)
        for track, number in enumerate(numbers, start=1):
            self.pass_to_decision(track, number)
            self.answer()
            self.divert(track, 3)

    def open(self, box: str = BOX, door: str = "door") -> Outcome:
        return self.feed(ContainerOpened(box, door), Role.OPERATOR)

    def scan(self, *codes: str, door: str = "door", checked: bool = False) -> Door:
        self.wait(100)
        self.feed(CodesRead(door, "loading", tuple(ReadText(c) for c in codes), checked, self.now_ms))
        return self.state.doors[door]

    def close(self, count: int) -> Outcome:
        return self.feed(ContainerClosed(BOX, count), Role.OPERATOR)

    def weigh_box(self, net_g: int) -> Outcome:
        return self.feed(ContainerWeighed(BOX, net_g + 2_300_000, 2_300_000), Role.OPERATOR)

    def seal(self, seal_no: str = SEAL) -> Outcome:
        return self.feed(ContainerSealed(BOX, seal_no), Role.OPERATOR)

    def issue(self, role: Role = Role.OFFICER, gross_g: int = 0) -> Outcome:
        return self.feed(GatePassIssued("P1", BOX, PLATE, gross_g), role)

    def sealed_with_pass(self, *numbers: str, gross_g: int = 0) -> None:
        self.released(*numbers)
        self.open()
        for number in numbers:
            assert self.scan(number).code == ""
        assert not self.close(len(numbers)).refusals
        assert not self.weigh_box(2000 * len(numbers)).refusals
        assert not self.seal().refusals
        assert not self.issue(gross_g=gross_g).refusals

    # --- gate ---

    def arrive(self, plate: str = PLATE, box: str = BOX, seal: str = SEAL, gross_g: int = -1, again: bool = False,
               direction: str = "E", mode: str = "A", sure: bool = True) -> Outcome:  # fmt: skip
        if not again:
            self.session += 1
        return self.feed(
            GateArrived("gate", f"S{self.session}", direction, mode, plate, box, seal, gross_g, "", sure, sure, FILE)
        )

    def check(self, result: int, role: Role = Role.OFFICER, shown: str = "") -> Outcome:
        return self.feed(GateChecked("gate", f"S{self.session}", result, "looked", shown=shown), role, "zhang")

    def shown(self) -> str:
        """The word for what a screen shows of the truck now."""
        return shown_of(Draft(self.state, self.now_ms), self.visit)

    def lift_all(self) -> None:
        """An officer lifts every hold that is open."""
        for hold in tuple(self.state.holds.values()):
            if hold.lifted_ms < 0:
                assert not self.feed(lifting(hold, "seen to"), Role.OFFICER, "zhang").refusals

    def barrier(self, position: int) -> Outcome:
        return self.ring(RingKind.BARRIER_POSITION, 0, 0, position, 1)

    def answer_barrier(self, result: int) -> Outcome:
        return self.feed(CommandAnswered(int(CommandCode.OPEN_BARRIER), self.openings()[-1].seq, result))

    def openings(self) -> list[PlcCommand]:
        return [c for c in self.commands() if isinstance(c, PlcCommand) and c.code == CommandCode.OPEN_BARRIER]

    def answers(self) -> list[AnswerGate]:
        return [c for o in self.outcomes for c in o.commands if isinstance(c, AnswerGate)]

    def messages(self) -> list[Message]:
        return [m for o in self.outcomes for m in o.messages]

    @property
    def visit(self) -> Visit:
        return self.state.visits["gate"]
