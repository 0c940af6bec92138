"""The pace of officers: images that wait too long call somebody, too many pause the infeed, and the belt is never stopped."""

import pytest
from msgspec.structs import replace

from controller.line.belt import PlcFlag
from controller.line.commands import Outcome, PlcCommand, SetOutputs
from controller.line.events import ConfigLoaded, DaemonStarted
from controller.line.explain import company_alarm
from controller.line.inspection_events import ImageFinding, Rule
from controller.line.plc_events import PlcLost, PlcStatus, PlcStatusChanged
from controller.line.state import decode_state, encode_state
from tests.line.line_story import RUNNING, s10
from tests.line.xray_story import XRAY, XrayStory

NUMBERS = tuple(s10(10000001 + n) for n in range(6))
FOUND = ImageFinding("metal_high", "41 % of its mass is metal")
INFEED = 1 << (XRAY.induct_zone - 1)
PACED = replace(XRAY, pictures_most=3, image_late_ms=60_000)


def masks(*outcomes: Outcome) -> list[tuple[int, bool]]:
    """Pass masks that were ordered, and whether each left at once."""
    return [(c.pass_mask, not c.permissive) for o in outcomes for c in o.commands if isinstance(c, SetOutputs)]


class Paced(XrayStory):
    """Cartons behind the tunnel that nobody has judged, the belt standing still so that no last call comes."""

    def __init__(self) -> None:
        super().__init__(PACED)
        self.ready(*NUMBERS)

    def waits(self, track: int, *findings: ImageFinding) -> None:
        self.before_tunnel(track, NUMBERS[track - 1])
        self.through(track)
        self.analysed(track, *findings)

    def paused(self) -> bool:
        return self.state.facts.infeed_paused_ms >= 0


def test_the_infeed_pauses_at_once_when_the_pool_is_full_and_goes_on_when_half_is_judged() -> None:
    story = Paced()
    for track in (1, 2):
        story.waits(track, FOUND)
    assert not story.paused()
    first = len(story.outcomes)
    story.waits(3, FOUND)
    assert story.paused()
    assert masks(*story.outcomes[first:]) == [(0xFFFF & ~INFEED, True)], "restrictive: at once"
    assert [a.code for a in story.alarms()] == ["infeed_paused"]
    assert masks(story.verdict(1, "clear")) == [], "two of three still wait"
    assert masks(story.verdict(2, "open")) == [(0xFFFF, False)], "permissive: when it is durable"
    assert not story.paused()


def test_the_belt_is_never_stopped_for_it_and_no_carton_on_it_is_touched() -> None:
    story = Paced()
    for track in (1, 2, 3, 4):
        story.waits(track, FOUND)
    assert not [c for o in story.outcomes for c in o.commands if isinstance(c, PlcCommand)]
    story.after_tunnel(1, NUMBERS[0])
    story.verdict(1, "clear")
    assert story.last(1).lane == "release"


def test_images_that_nobody_has_to_look_at_pause_nothing() -> None:
    story = Paced()
    for track in (1, 2, 3, 4, 5):
        story.waits(track)
    assert not story.paused()


def test_a_verdict_that_is_taken_back_waits_again() -> None:
    story = Paced()
    for track in (1, 2):
        story.waits(track, FOUND)
    story.verdict(1, "clear")
    story.waits(3, FOUND)
    assert not story.paused()
    story.undo(1)
    assert story.paused()


def test_what_the_belt_has_decided_waits_no_longer() -> None:
    story = Paced()
    for track in (1, 2, 3):
        story.waits(track, FOUND)
    for track in (1, 2):
        story.decide(track)
    story.wait(10_000)
    assert not story.paused()


def test_a_rule_that_comes_into_force_counts_for_those_that_lie_there() -> None:
    story = Paced()
    for track in (1, 2, 3):
        story.waits(track)
    assert not story.paused()
    story.rules(Rule("R1", "all of it", gross_from_g=0))
    assert story.paused()
    story.rules()
    assert not story.paused()


def test_zero_never_pauses() -> None:
    story = XrayStory(replace(XRAY, pictures_most=0))
    story.ready(*NUMBERS)
    for track in (1, 2, 3, 4):
        story.before_tunnel(track, NUMBERS[track - 1])
        story.through(track)
        story.analysed(track, FOUND)
    assert story.state.facts.infeed_paused_ms < 0
    assert masks(*story.outcomes)[-1] == (0xFFFF, False)


def test_a_line_that_does_not_decide_lets_nothing_pass_whatever_the_pool() -> None:
    story = Paced()
    for track in (1, 2, 3):
        story.waits(track, FOUND)
    (lost,) = masks(story.feed(PlcLost("link_down", "no answer")))
    assert lost == (0, True)
    story.feed(DaemonStarted("boot-2", "test"))
    back = masks(story.sync())
    assert back == [] or back[-1][0] in (0xFFFF & ~INFEED, 0xFFFF)
    assert all(not at_once for _, at_once in back), "after a restart nothing narrows: it would carry 'ready' along"


def test_the_pause_is_state_and_survives_a_checkpoint() -> None:
    story = Paced()
    for track in (1, 2, 3):
        story.waits(track, FOUND)
    story.state = decode_state(encode_state(story.state))
    assert story.paused()
    story.verdict(1, "clear")
    story.verdict(2, "clear")
    assert not story.paused()


def test_a_line_that_no_longer_takes_images_lets_its_infeed_go_on() -> None:
    story = Paced()
    for track in (1, 2, 3):
        story.waits(track, FOUND)
    assert story.paused()
    story.feed(DaemonStarted("boot-2", "test"))
    first = len(story.outcomes)
    story.feed(ConfigLoaded(replace(PACED, image_required=False), "cf" * 32, "test", "c5" * 32))
    story.sync()
    assert not story.paused()
    assert masks(*story.outcomes[first:])[-1] == (0xFFFF, False)


# --- calls ---------------------------------------------------------------------------------------------------------


def standing() -> XrayStory:
    """One image waits while the belt stands behind the tunnel."""
    story = Paced()
    story.waits(1, FOUND)
    story.feed(PlcStatusChanged(PlcStatus(11, int(RUNNING & ~PlcFlag.RUNNING), 0, 0, 0, 0xFFFF, 0)))
    return story


def calls(story: XrayStory) -> list[str]:
    return [alarm.detail for alarm in story.alarms() if alarm.code == "picture_unanswered"]


def test_an_image_that_nobody_judges_calls_somebody_each_minute() -> None:
    story = standing()
    image = story.inspection(1).image
    assert image is not None
    story.wait(image.at_ms + 59_999 - story.now_ms)
    assert calls(story) == []
    story.wait(1)
    assert calls(story) == ["its image waits for 60 s, call 1"]
    story.wait(120_000)
    assert [detail[-6:] for detail in calls(story)] == ["call 1", "call 2", "call 3"]
    assert story.inspection(1).calls == 3
    story.verdict(1, "clear")
    story.wait(300_000)
    assert len(calls(story)) == 3


@pytest.mark.parametrize("findings", [(), (FOUND,)])
def test_nobody_is_called_for_what_needs_no_look_or_was_judged_in_time(findings: tuple[ImageFinding, ...]) -> None:
    story = Paced()
    story.waits(1, *findings)
    if findings:
        story.verdict(1, "open")
    story.wait(600_000)
    assert calls(story) == []
    assert len([token for token in story.state.timers if token == "unanswered"]) <= 1


def test_the_company_hears_nothing_of_a_call() -> None:
    story = standing()
    story.wait(61_000)
    (alarm,) = [alarm for alarm in story.alarms() if alarm.code == "picture_unanswered"]
    assert company_alarm(alarm) is None, "its subject alone would tell which carton was picked"
