"""Whole days on a virtual clock, with a scripted host instead of a daemon: people and plant go on to the end by themselves."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from simulators.customs_office.office import BEIJING
from simulators.line_world import LineWorld
from simulators.people.desk import Answer
from simulators.people.floor import Floor
from simulators.plc import registers as reg
from simulators.plc.scripted_host import ScriptedHost
from simulators.scenarios import demo, steady
from simulators.scenarios.day_plan import FEWEST_CARTONS, demo_plan, steady_plan
from simulators.scenarios.stage import Stage
from simulators.traffic.day import DayMaker, LoadPlan
from simulators.world.memory_port import MemoryPort

pytestmark = pytest.mark.virtual

INSPECT, ANOMALY, RELEASE = 1, 2, 3


class StandIn:
    """Keeps the PLC's link and answers people; decides only what `lane` says (0 = nothing)."""

    def __init__(self, world: LineWorld, inbox: Path, lane: int) -> None:
        self.host = ScriptedHost(world.sim, session=21)
        self.host.decide = lambda event: lane
        self._inbox = inbox
        self.acts: list[tuple[str, dict[str, str]]] = []
        self.said: list[dict[str, object]] = []
        self.scans = 0

    @property
    def ready(self) -> bool:
        return self.host.alive and not self.host.flag(reg.FLAG_FAIL_SAFE)

    async def ask(self, question: str) -> Answer | None:
        if not self.host.alive:
            return None
        if question == "loading":
            return {"ok": True, **self.loading()}
        if question == "seals":
            return {"ok": True, "seals": {arguments["load_id"]: [] for name, arguments in self.acts if name == "load-arrived"}}
        return {"ok": True, "ready": self.ready, "devices_down": [], "holds": []}

    async def act(
        self, name: str, actor: str, role: str, *, within_s: float = 120.0, press: str = "", **arguments: str
    ) -> Answer | None:
        async with asyncio.timeout(within_s):
            while not self.host.alive:
                await asyncio.sleep(0.5)
        self.acts.append((name, arguments))
        if name == "line":
            self.host.command({"start": reg.CMD_START, "stop": reg.CMD_STOP}[arguments["command"]])
        return {"ok": True, "hold_id": "H1"}

    async def close(self) -> None: ...

    def loading(self) -> Answer:
        """Takes whatever is shown at the door, and knows as departed what left."""
        self.scans += 1
        opened = next((a["container_no"] for name, a in reversed(self.acts) if name == "open-container"), "")
        closed = {a["container_no"] for name, a in self.acts if name == "close-container"}
        boxes = [{"container_no": opened, "door": "loading", "stands": "closed" if opened in closed else "open"}]
        boxes += [{"container_no": number, "door": "loading", "stands": "departed"} for number in closed]
        door = {"name": "loading", "scans": self.scans, "text": "", "carton": "", "code": "", "container": "", "in": ""}
        return {"line_held": False, "doors": [door], "containers": boxes}

    def say(self, message: dict[str, object]) -> None:
        self.said.append(message)
        if "cue" in message:
            self.host.alive = message["cue"] == "start_daemon"

    async def run(self) -> None:
        polls = 0
        while True:
            polls += 1
            self.host.poll()
            if self.host.alive and polls % 10 == 0 and self.host.flag(reg.FLAG_FAIL_SAFE):
                self.host.command(reg.CMD_RESUME)
            for path in self._inbox.glob("[0-9]*") if self.host.alive else ():
                path.unlink()
            await asyncio.sleep(0.1)


@asynccontextmanager
async def a_stage(home: Path, plans: tuple[LoadPlan, ...], lane: int, reruns: int) -> AsyncIterator[tuple[Stage, StandIn]]:
    rng = random.Random(3)
    world = LineWorld(home, rng, ports=MemoryPort)
    daemon = StandIn(world, home / "inbox", lane)
    floor = Floor(world, daemon, DayMaker(rng).make(plans), rng)
    stage = Stage(floor, home / "inbox", lambda: datetime(2026, 11, 23, 8, tzinfo=BEIJING), say=daemon.say, most_reruns=reruns)
    await world.start()
    working = asyncio.create_task(daemon.run())
    try:
        yield stage, daemon
    finally:
        await stage.close()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await world.close()


def facts(home: Path, kind: str) -> list[dict[str, Any]]:
    lines = (home / "plant.jsonl").read_text(encoding="utf-8").splitlines()
    return [fact for line in lines if (fact := json.loads(line))["fact"] == kind]


async def test_without_a_decision_the_whole_day_goes_to_inspection_and_ends(tmp_path: Path) -> None:
    async with a_stage(tmp_path, demo_plan(FEWEST_CARTONS), lane=0, reruns=1) as (stage, daemon):
        await demo.play(stage)
        assert stage.floor.at_rest()
    exits = facts(tmp_path, "lane_exit")
    assert {fact["lane"] for fact in exits} == {INSPECT}
    assert {fact["carton_no"] for fact in exits} == set(range(1, FEWEST_CARTONS + 1))
    assert [m["cue"] for m in daemon.said if "cue" in m] == ["kill_daemon", "start_daemon"]


async def test_the_expectations_name_every_carton_and_each_of_the_scenes(tmp_path: Path) -> None:
    async with a_stage(tmp_path, demo_plan(FEWEST_CARTONS), lane=RELEASE, reruns=2) as (stage, _):
        await demo.play(stage)
        assert stage.floor.at_rest()
    expected = json.loads((tmp_path / "expected.json").read_text(encoding="utf-8"))
    assert sorted(map(int, expected["cartons"])) == list(range(1, FEWEST_CARTONS + 1))
    assert len(expected["scenes"]) == 37
    empty = {scene["name"] for scene in expected["scenes"] if not scene["cartons"]}
    # Nobody answers the gate here, and everything takes the release lane.
    assert empty == {"loading_refused", "gate_seal_mismatch", "gate_good_port_told"}
    for scene in expected["scenes"]:
        assert scene["expect"]["lanes"]
        assert scene["title_zh"]
        assert scene["title_en"]


async def test_cartons_come_one_every_two_seconds(tmp_path: Path) -> None:
    async with a_stage(tmp_path, steady_plan(12), lane=RELEASE, reruns=3) as (stage, _):
        await steady.play(stage)
    inducted = [fact["line_ms"] for fact in facts(tmp_path, "induct_eye")]
    steps = [later - earlier for earlier, later in pairwise(inducted)]
    assert len(inducted) == 12
    assert all(abs(step - 2000) <= 10 for step in steps), steps
    assert {fact["lane"] for fact in facts(tmp_path, "lane_exit")} == {RELEASE}


@pytest.mark.parametrize("die_after_s", [3, 11, 19, 27])
async def test_a_steady_day_outlives_a_daemon_that_dies_at_any_time(tmp_path: Path, die_after_s: float) -> None:
    async def die(daemon: StandIn) -> None:
        await asyncio.sleep(die_after_s)
        daemon.host.alive = False
        await asyncio.sleep(6)
        daemon.host.alive = True

    async with a_stage(tmp_path, steady_plan(12, a_load=6), lane=RELEASE, reruns=10) as (stage, daemon):
        dying = asyncio.create_task(die(daemon))
        await steady.play(stage)
        await dying
        assert stage.floor.at_rest()
    last = {fact["carton_no"]: fact["lane"] for fact in facts(tmp_path, "lane_exit")}
    assert last == dict.fromkeys(range(1, 13), RELEASE)
