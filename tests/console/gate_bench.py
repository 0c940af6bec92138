"""A truck at the gate before a console: the line amid its day, for tests of the page and of the service."""

from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.events import HoldPlaced
from controller.line.gate_events import GateArrived
from controller.line.profile import GateLane
from tests.console.bench import Bench
from tests.line.departure_story import GATED, Departure
from tests.line.line_story import CARRIER, FILE, s10

A, B = s10(10000001), s10(10000002)
TWO_GATES = replace(GATED, gates=(GateLane("gate", 1), GateLane("north", 2)))


def at_the_gate(gross_g: int = 0) -> Departure:
    """A sealed container with a pass; nothing has driven up yet. The second gate stays empty."""
    story = Departure(TWO_GATES)
    story.sealed_with_pass(A, B, gross_g=gross_g)
    return story


def told_to_wait() -> Departure:
    """Its weight is out of tolerance: a person may wave it through."""
    story = at_the_gate(gross_g=9_000_000)
    story.arrive(gross_g=9_800_000)
    return story


def told_no() -> Departure:
    story = at_the_gate()
    story.arrive(plate="渝B99999")
    return story


def unsure(*, held: bool = True) -> Departure:
    """The barrier opened behind a no, and is down again: nobody knows whether it left."""
    story = at_the_gate()
    story.arrive()
    if held:
        story.feed(HoldPlaced("H1", "carton", f"{CARRIER}/{A}", "officer_hold", "look"), Role.OFFICER)
        story.barrier(1)
    else:
        story.wait(GATED.barrier_confirm_ms + 1)
    return story


def two_at_once() -> Departure:
    """One that may have left with the next behind it, and a stranger at the other gate."""
    story = unsure()
    story.wait(40_000)
    story.arrive(plate="渝C20718", box="AKE12345CA")
    story.feed(GateArrived("north", "N1", "E", "A", "渝D40417", "TGHU7654321", "", 31_240_000, "", True, False, FILE))
    return story


def show(on: Bench, story: Departure) -> None:
    """The console's line is this one."""
    on.core.state = story.state
    on.live.look_again()
