"""A belt that came to stand while a carton was in the X-ray tunnel, however the line came to know of it; and one that did not."""

from collections.abc import Callable

import pytest

from controller.line.belt import PlcFlag, RingKind
from controller.line.plc_events import PlcLost, PlcStatus, PlcStatusChanged, RingEvent, TableItem
from controller.line.profile import LineProfile
from tests.line.line_story import RUNNING, s10
from tests.line.xray_story import COUNTING, XRAY, XrayStory

A = s10(10000001)
TO_BEAM_MS = (XRAY.xray_beam_mm - XRAY.xray_entry_mm + 400) * 2
BEAM_TO_EXIT_MS = (XRAY.xray_exit_mm - XRAY.xray_beam_mm) * 2
HELD, EXECUTE = 11, 6


class Stops(XrayStory):
    """One carton in front of the tunnel."""

    def __init__(self, profile: LineProfile = XRAY) -> None:
        super().__init__(profile)
        self.ready(A)
        self.before_tunnel(1, A)

    def status(self, *, running: bool, speed_mm_s: int = 500) -> None:
        flags = int(RUNNING if running else RUNNING & ~PlcFlag.RUNNING)
        self.feed(PlcStatusChanged(PlcStatus(EXECUTE if running else HELD, flags, 0, 0, 0, 0xFFFF, speed_mm_s if running else 0)))

    def packml(self, number: int) -> None:
        """The PLC's own record of its state, among those of the cartons."""
        self.ring(RingKind.STATE_CHANGE, 0, 0, number, 1, belt_mm=self.belt_mm % 65536)

    def imaged(self) -> None:
        self.run(TO_BEAM_MS + 600)
        self.image("1:1")

    def out(self) -> None:
        self.run(BEAM_TO_EXIT_MS - 600)
        self.leave(1)

    def lane(self) -> tuple[str, tuple[str, ...]]:
        self.analysed(1)
        self.after_tunnel(1, A)
        return self.last(1).lane, self.codes(1)


AGAIN = ("inspect", ("image_incomplete",))
RELEASED = ("release", ())


@pytest.mark.parametrize("stop_first", [False, True])
def test_the_stop_and_the_entry_are_read_in_one_poll(stop_first: bool) -> None:
    story = Stops()
    tell: list[Callable[[], None]] = [lambda: story.enter(1), lambda: story.status(running=False)]
    for one in reversed(tell) if stop_first else tell:
        one()
    story.wait(30_000)
    story.status(running=True)
    story.imaged()
    story.out()
    assert story.lane() == AGAIN


@pytest.mark.parametrize(("stood_ms", "lane"), [(1000, AGAIN), (400, RELEASED)])
def test_a_stop_that_no_poll_saw_shows_in_the_time_that_the_carton_took(stood_ms: int, lane: tuple[str, tuple[str, ...]]) -> None:
    """Less than a tenth of the way and 0.3 s is within what belts are slower than they should be."""
    story = Stops()
    story.enter(1)
    story.run(500)
    story.wait(stood_ms)
    story.run(TO_BEAM_MS + 100)
    story.image("1:1")
    story.run(BEAM_TO_EXIT_MS - 600)
    story.leave(1)
    assert story.lane() == lane


def test_the_longest_stop_does_not_hide_behind_the_clock_of_the_plc() -> None:
    story = Stops()
    story.enter(1)
    story.wait(65_536)
    story.imaged()
    story.out()
    assert story.lane() == AGAIN


def test_a_stop_and_a_start_between_two_polls_are_in_the_records() -> None:
    story = Stops()
    story.enter(1)
    story.run(1000)
    story.packml(HELD)
    story.packml(EXECUTE)
    story.run(TO_BEAM_MS - 400)
    story.image("1:1")
    story.run(BEAM_TO_EXIT_MS - 600)
    story.leave(1)
    assert story.lane() == AGAIN


def test_a_stop_before_the_tunnel_or_behind_it_is_none_in_it() -> None:
    story = Stops()
    story.packml(HELD)
    story.status(running=False)
    story.wait(30_000)
    story.packml(EXECUTE)
    story.status(running=True)
    story.enter(1)
    story.imaged()
    story.out()
    story.analysed(1)
    story.packml(HELD)
    story.status(running=False)
    story.wait(5000)
    story.packml(EXECUTE)
    story.status(running=True)
    assert story.lane() == RELEASED


def test_the_start_and_the_entry_are_read_in_one_poll() -> None:
    story = Stops()
    story.status(running=False)
    story.wait(30_000)
    story.status(running=True)
    story.enter(1)
    story.imaged()
    story.out()
    assert story.lane() == RELEASED


def test_a_drive_that_is_set_slower_is_no_stop() -> None:
    story = Stops()
    story.status(running=True, speed_mm_s=400)
    story.enter(1)
    story.run(TO_BEAM_MS)
    story.wait(700)
    story.image("1:1")
    story.run(BEAM_TO_EXIT_MS)
    story.leave(1)
    assert story.lane() == RELEASED


@pytest.mark.parametrize(("stood_ms", "problem"), [(0, ""), (5000, "image_incomplete")])
def test_records_that_were_kept_over_a_lost_link_are_judged_by_themselves(stood_ms: int, problem: str) -> None:
    """Whether the belt stands now says nothing of then; whether it stood then shows in the time that the carton took."""
    story = Stops()
    story.feed(PlcLost("link_lost", "no answer"))
    entered = (RingKind.XRAY_ENTRY, story.now_ms, story.belt_mm)
    story.wait(stood_ms)
    story.run(TO_BEAM_MS + BEAM_TO_EXIT_MS)
    left = (RingKind.XRAY_EXIT, story.now_ms, story.belt_mm)
    story.run(500)
    story.status(running=False)
    for kind, at_ms, mm in (entered, left):
        story.ring_seq += 1
        story.feed(RingEvent(1, story.ring_seq, kind, 4, 1, 0, 0, at_ms % 65536, mm % 65536, story.now_ms, backlog=True))
    story.sync((TableItem(1, 5, 0, 0),), flags=int(RUNNING & ~PlcFlag.RUNNING))
    story.status(running=True)
    assert story.inspection(1).problem == problem


def test_a_count_of_images_is_lost_with_it() -> None:
    story = Stops(COUNTING)
    story.status(running=False)
    story.enter(1)
    story.wait(10_000)
    story.status(running=True)
    story.run(TO_BEAM_MS + 600)
    story.image("", 7)
    story.out()
    assert story.inspection(1).problem == "image_incomplete"
    assert story.state.facts.image_count.number < 0
