"""Recoveries with a belt that moves: the whole daemon, the simulated PLC and plant in real time, a person at the screen."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from controller.console import companion
from controller.line.belt import PlcFlag
from tests.browser.conftest import free_place
from tests.browser.test_recovery import Hands
from tests.browser.window import Window
from tests.console.bench import CHEAP
from tests.daemon.test_one_carton import papers, running
from tests.daemon.virtual_line import VirtualLine
from tests.line.line_story import CARRIER, s10

pytestmark = pytest.mark.browser

A = s10(10000001)


class Floor:
    """The line, and one person at its screen; `line` is what the hands at the belt reach."""

    def __init__(self, line: VirtualLine, hands: Hands) -> None:
        self.line = line
        self.me = hands

    @property
    def flags(self) -> int:
        status = self.line.state.facts.plc_status
        return int(status.flags) if status is not None else 0

    def says(self, flag: PlcFlag) -> bool:
        return bool(self.flags & flag)


@pytest_asyncio.fixture(loop_scope="session")
async def floor(chromium: Browser, tmp_path: Path) -> AsyncIterator[Floor]:
    place = free_place()
    settings: dict[str, Any] = {
        "console.host": place.name,
        "console.port": place.port,
        "console.acts_port": place.acts_port,
        "console.demo_people": True,
    }
    line = VirtualLine(tmp_path / "line", **settings)
    line.companions = (lambda aboard: {"console": lambda: companion.run(aboard, proofs=CHEAP, say=lambda _: None)},)
    try:
        await line.start()
        await running(line)
        context = await chromium.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
        window = await Window.open(context, place)
        await window.go("/")
        await window.page.locator("demo-people [data-account='li.ming']").click()
        await window.page.wait_for_url(re.compile("/operator"))
        await window.page.locator("html[data-link=live]").wait_for()
        yield Floor(line, Hands(window))
        await window.check()
        await context.close()
    finally:
        await line.close()


async def on_the_belt(floor: Floor) -> None:
    """A carton that the line knows by its number, somewhere behind the scanner."""
    line = floor.line
    await papers(line, A)
    line.place(1, A)
    await line.until(lambda: line.state.cartons[f"{CARRIER}/{A}"].passage, 60)


async def test_a_jam_on_the_belt_is_cleared_and_the_carton_comes_round_again(floor: Floor) -> None:
    line, me = floor.line, floor.me
    await on_the_belt(floor)
    carton = line.state.cartons[f"{CARRIER}/{A}"]
    first = carton.passage
    placed = line.sim.plant.find(1)
    assert placed is not None
    eyes = [eye for eye in line.sim.plant.eyes.values() if eye.at_mm > placed.front_mm]
    await line.until(lambda: any(eye.covered for eye in eyes), 60)
    line.sim.plant.jam(placed.carton)
    await me.tap(me.page.locator("nav [data-key=nav-recovery]"))
    await me.tap(me.page.locator("[data-kind=jam].offer"))
    await me.reads("取出箱并逐个扫码", "section.step h3")
    line.sim.plant.clear_jam()
    line.sim.plant.remove(placed.carton)
    await me.scan(A)
    await me.tap(me.find("rerun"))
    await me.reads("现场按“复位”", "section.step h3")
    line.sim.press("reset")
    await me.reads("人员离开, 按住启动", "section.step h3")
    await me.hold("启动")
    await me.page.locator("h3.result", has_text="堵塞: 已处置").wait_for(timeout=20_000)
    assert me.actions <= 6
    assert floor.says(PlcFlag.RUNNING)
    line.place(1, A)
    await line.until(lambda: line.state.passages[first].rerun_as, 60)


async def test_after_an_emergency_stop_the_belt_starts_at_the_machine_and_everything_is_identified_anew(floor: Floor) -> None:
    line, me = floor.line, floor.me
    await on_the_belt(floor)
    first = line.state.cartons[f"{CARRIER}/{A}"].passage
    line.sim.plant.set_estop(True)
    await me.tap(me.page.locator("nav [data-key=nav-recovery]"))
    await me.tap(me.page.locator("[data-kind=e_stop].offer"))
    await me.reads("旋开现场急停按钮", "section.step h3")
    assert await me.page.locator("hold-button[label='启动'] button:enabled").count() == 0
    line.sim.plant.set_estop(False)
    await me.reads("现场按“安全复位”", "section.step h3")
    line.sim.press("reset")
    await me.reads("现场按“启动”", "section.step h3")
    line.sim.press("start")
    await me.reads("线上的箱全部重新识别", "section.step h3")
    await line.until(lambda: line.lanes().get(1) == 1, 60)  # the purge took it to the inspect lane
    line.sim.plant.take_from_lane(1)
    await me.scan(A)
    await me.tap(me.find("send"))
    await me.reads("急停: 已处置")
    assert line.state.passages[first].ended == "epoch"
    line.place(1, A)
    await line.until(lambda: line.state.passages[first].rerun_as, 60)
    carton = line.state.cartons[f"{CARRIER}/{A}"]
    assert line.state.passages[carton.passage].epoch != line.state.passages[first].epoch
    assert carton.released_ms < 0, "nothing of before counts"
