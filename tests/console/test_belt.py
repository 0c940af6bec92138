"""What the live stream says of the belt: places that the plant agrees with, nothing invented, nothing of customs' own."""

import asyncio
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from controller.console.belt import BeltPicture
from controller.console.screens import Screens
from controller.console.watched import Watched
from controller.domain.reasons import Role
from controller.line.belt import PlcFlag, RingKind
from controller.line.commands import Outcome
from controller.line.events import AnyEvent, DeviceDown, DeviceUp, LineCommanded, Stamped
from controller.line.explain import View
from controller.line.plc_events import PlcLost, PlcStatus, PlcStatusChanged, TableItem
from controller.settings.loading import load
from tests.daemon.test_one_carton import papers, running
from tests.daemon.virtual_line import ROOT, virtual_line
from tests.line.line_story import RUNNING, Story, s10

SETTINGS = load(ROOT / "config" / "simulation.toml", {"site.data_dir": "unused"})
NO_SCREENS = Screens((), lambda: 0.0, lambda event: None, lambda: 0)
A, B = s10(10000001), s10(10000002)
# One poll of the PLC (100 ms) and a scan of its own, at 500 mm/s, with the estimate of its clock.
RUNNING_MM, TURNING_MM = 40, 110


class Watching(Story):
    """A story whose rows the watched parts hear."""

    def __init__(self) -> None:
        super().__init__()
        self.watched = Watched(SETTINGS, self.state, NO_SCREENS)

    def feed(self, event: AnyEvent, role: Role = Role.LINE, actor: str = "test") -> Outcome:
        outcome = super().feed(event, role, actor)
        if hasattr(self, "watched"):
            self.watched.take(len(self.outcomes), self.stamped[-1], outcome)
        return outcome

    def shown(self, view: View = View.CUSTOMS) -> Any:
        return self.watched.values(view)

    def status(self, flags: int, speed: int = 500, lane_full: int = 0) -> None:
        self.feed(PlcStatusChanged(PlcStatus(6, flags, 0, 0, lane_full, 0xFFFF, speed)))


def reckoned(belt: Any, carton: Any, now_ms: int) -> float:
    """Where a page draws it."""
    speed = belt["speed_mm_s"] if belt["running"] else 0
    return float(carton["front_mm"] + speed * (now_ms - carton["at_ms"]) / 1000)


@pytest.mark.virtual
async def test_a_page_draws_every_carton_where_the_plant_has_it(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A, B)
        picture = BeltPicture(SETTINGS, line.state)
        line.core.on_outcome.append(picture.take)
        line.place(1, A)
        worst, seen, sent = {"steady": 0.0, "turning": 0.0}, 0, list[str]()
        turned_ms, numbers = -10_000, dict[str, int]()
        for step in range(500):
            await asyncio.sleep(0.05)
            if step == 40:
                line.place(2, B)
            if step in (150, 210):
                await line.act(LineCommanded("stop" if step == 150 else "start", "test"))
                turned_ms = line.core._clock.now_ms()
            now_ms = line.core._clock.now_ms()
            belt: Any = picture.value(View.COMPANY)
            sent.append(json.dumps(belt))
            there = {placed.carton.carton_no: placed.front_mm for placed in line.sim.plant.on_line()}
            for carton in belt["cartons"]:
                number = numbers.setdefault(carton["track"], len(numbers) + 1)
                phase = "turning" if now_ms - turned_ms < 400 else "steady"
                assert not carton["doubtful"]
                worst[phase] = max(worst[phase], abs(reckoned(belt, carton, now_ms) - there[number]))
                seen += 1
        assert seen > 400
        assert worst["steady"] <= RUNNING_MM, worst
        assert worst["turning"] <= TURNING_MM, worst
        changes = sum(1 for one, other in pairwise(sent) if one != other)
        assert changes < 90, f"{changes} of {len(sent)} looks: only what the belt reports is sent, not every step"


def test_the_length_is_known_behind_the_scan_gate_and_the_place_comes_from_each_photo_eye() -> None:
    story = Watching()
    story.ring(RingKind.INDUCT, 7, zone=1, belt_mm=65_500)
    (carton,) = story.shown()["belt"]["cartons"]
    assert (carton["front_mm"], carton["length_mm"], carton["station"], carton["doubtful"]) == (0, None, "induct", False)
    story.wait(1200)
    story.ring(RingKind.GATE_OPEN, 7, zone=2, belt_mm=(65_500 + 610) % 65_536)
    story.wait(800)
    story.ring(RingKind.GATE_CLOSED, 7, zone=2, belt_mm=(65_500 + 1010) % 65_536)
    (carton,) = story.shown()["belt"]["cartons"]
    assert (carton["length_mm"], carton["station"]) == (400, "scan")
    assert reckoned(story.shown()["belt"], carton, story.now_ms) == pytest.approx(1000, abs=16)
    story.ring(RingKind.DECISION_WANTED, 7, zone=6, arg1=2600, belt_mm=6000)
    (carton,) = story.shown()["belt"]["cartons"]
    assert (carton["front_mm"], carton["station"]) == (5900, "decision")


def test_what_the_plc_has_not_said_is_null_and_doubtful() -> None:
    story = Watching()
    story.ring(RingKind.UNEXPECTED, 9, zone=4, belt_mm=10)
    (carton,) = story.shown()["belt"]["cartons"]
    assert (carton["front_mm"], carton["at_ms"], carton["doubtful"]) == (None, None, True), "the X-ray zone has two eyes"
    late = Watched(SETTINGS, story.state, NO_SCREENS)  # a console that begins with a carton on the belt
    belt: Any = late.values(View.CUSTOMS)["belt"]
    assert belt["running"]
    assert [(one["front_mm"], one["doubtful"]) for one in belt["cartons"]] == [(None, True)]


def test_a_lost_plc_leaves_cartons_where_they_were_and_doubtful_until_its_next_record() -> None:
    story = Watching()
    story.ring(RingKind.INDUCT, 7, zone=1, belt_mm=100)
    story.wait(1000)
    story.feed(PlcLost("plc_silent", "no answer"))
    belt = story.shown()["belt"]
    assert (belt["running"], belt["speed_mm_s"]) == (None, None)
    assert (belt["cartons"][0]["front_mm"], belt["cartons"][0]["doubtful"]) == (500, True)
    story.wait(5000)
    story.sync((TableItem(7, 1, 0, 0),))
    assert story.shown()["belt"]["cartons"][0]["doubtful"]
    story.ring(RingKind.INDUCT, 8, zone=1, belt_mm=1300)
    first, second = story.shown()["belt"]["cartons"]
    assert (first["front_mm"], first["doubtful"], second["front_mm"]) == (1200, False, 0), "the counter went on meanwhile"


def test_a_stopped_belt_stops_its_cartons_and_a_started_one_goes_on_from_there() -> None:
    story = Watching()
    story.ring(RingKind.INDUCT, 7, zone=1, belt_mm=0)
    story.wait(1000)
    story.status(int(RUNNING & ~PlcFlag.RUNNING), speed=0)
    story.wait(60_000)
    belt = story.shown()["belt"]
    assert (belt["running"], belt["speed_mm_s"], belt["cartons"][0]["front_mm"]) == (False, 0, 500)
    story.status(int(RUNNING))
    story.wait(1000)
    assert reckoned(story.shown()["belt"], story.shown()["belt"]["cartons"][0], story.now_ms) == 1000


def test_counts_and_full_lanes_come_from_the_state_also_for_a_console_that_starts_later() -> None:
    story = Watching()
    for track, lane in ((7, 3), (8, 1), (9, 2)):
        story.ring(RingKind.INDUCT, track, zone=1)
        story.ring(RingKind.DIVERTED, track, zone=7, arg1=lane)
    story.wait(60_000)
    story.status(int(RUNNING), lane_full=0b101)
    for watched in (story.watched, Watched(SETTINGS, story.state, NO_SCREENS)):
        counts: Any = watched.values(View.COMPANY)["counts"]
        assert (counts["inducted"], counts["lanes"]) == (3, {"release": 1, "inspect": 1, "anomaly": 1})
        assert (counts["lanes_full"], counts["per_hour"]) == (["inspect", "release"], 180)
        assert counts["waiting_pictures"] is None, "the company could see which carton was picked"
        assert watched.values(View.CUSTOMS)["counts"]["waiting_pictures"] == 0


def test_of_a_plc_that_is_away_nobody_says_that_a_lane_is_full_or_free() -> None:
    story = Watching()
    story.status(int(RUNNING), lane_full=0b100)
    assert story.shown()["counts"]["lanes_full"] == ["release"]
    story.status(int(RUNNING))
    assert story.shown()["counts"]["lanes_full"] == []
    story.feed(PlcLost("plc_silent", "no answer"))
    assert story.shown()["counts"]["lanes_full"] is None
    story.sync()
    assert story.shown()["counts"]["lanes_full"] == []


def test_a_device_is_up_or_down_by_its_own_word_alone() -> None:
    story = Watching()
    by_name = {one["name"]: one for one in story.shown()["devices"]["list"]}
    assert (by_name["induct"]["up"], by_name["plc"]["up"]) == (None, True)
    story.wait(500)
    story.feed(DeviceUp("induct"))
    story.feed(DeviceDown("records", "service_down", "disk"))
    by_name = {one["name"]: one for one in story.shown()["devices"]["list"]}
    assert by_name["induct"] == {"name": "induct", "kind": "scanner", "up": True, "since_ms": 500, "code": ""}
    assert (by_name["records"]["kind"], by_name["records"]["code"]) == ("service", "service_down")


def test_the_plan_names_every_station_lane_and_device_of_the_configuration() -> None:
    plan: Any = Watching().shown()["plan"]
    assert [one["from_mm"] for one in plan["stations"]] == [0, 600, 1200, 2800, 5200, 5900, 8500]
    assert (plan["deadline_mm"], plan["divert_mm"], plan["length_mm"]) == (8000, 8500, 8800)
    assert {lane["kind"] for lane in plan["lanes"]} == {"release", "inspect", "anomaly"}
    assert ("verify", "scanner", "verify") in [(one["name"], one["kind"], one["station"]) for one in plan["devices"]]


def test_rows_that_are_told_twice_count_once() -> None:
    story = Watching()
    outcome = story.ring(RingKind.INDUCT, 7, zone=1)
    story.watched.take(99, Stamped(0, "u", False, "t", Role.LINE, DeviceUp("induct")), outcome)
    assert story.shown()["counts"]["inducted"] == 1
