"""Trucks at the gate on the officer's page: the chip calls, an answer reaches the journal, another truck is never answered."""

import asyncio

import pytest
from msgspec.structs import replace
from playwright.async_api import Route, expect

from controller.line.gate_events import GateChecked
from controller.line.shown import LETTERS
from tests.browser.conftest import Console, Opener
from tests.browser.window import Window
from tests.console.bench import PASSWORD
from tests.console.gate_bench import show, told_to_wait, unsure

pytestmark = pytest.mark.browser
DEAD_S = 0.45
CHIP = "line-header [data-key=nav-gate]"


async def sheet_of(window: Window) -> None:
    """The chip is there, and the sheet behind it."""
    await window.sign_in("zhang", PASSWORD)
    await window.page.locator(CHIP).click()
    await window.page.locator(".gate-card .answers").wait_for()
    await asyncio.sleep(DEAD_S)


async def test_a_truck_of_which_nobody_knows_is_seen_to_leave_and_the_chip_goes(window: Opener, console: Console) -> None:
    show(console.on, unsure())
    one = await window()
    await sheet_of(one)
    page = one.page
    console.on.clock.now_s += 150  # the secret is wanted again
    await expect(page.locator(f"{CHIP}.loud")).to_have_text("卡口: 车是否已离场?")
    card = page.locator(".gate-card[data-state=unsure]")
    await expect(card.locator("[data-key^=answer-]")).to_have_text(["转查验", "退回", "已见其离场"])
    await expect(card.locator(".not-now")).to_contain_text("道闸未落")
    await card.get_by_role("button", name="已见其离场").click()
    await asyncio.sleep(DEAD_S)
    await card.get_by_role("button", name="确认已见其离场").click()
    await expect(page.get_by_role("alert").filter(has_text="请选一个理由")).to_be_visible()
    await asyncio.sleep(DEAD_S)
    await card.get_by_role("button", name="本人亲见驶离").click()
    await page.locator("#gate-words").fill("07:12")
    await card.get_by_role("button", name="确认已见其离场").click()
    await page.locator("#proof").fill(PASSWORD)
    await page.locator("#proof").press("Enter")
    await expect(page.locator(".gate-done")).to_contain_text("已登记离场")
    await expect(page.locator(".gate-card[data-state=opened]")).to_be_visible()
    await expect(page.locator(CHIP)).to_have_count(0)
    (said,) = console.on.events(GateChecked)
    assert isinstance(said.event, GateChecked)
    assert len(said.event.shown) == LETTERS
    assert (said.actor, replace(said.event, shown="")) == (
        "zhang", GateChecked("gate", "S1", 4, "本人亲见驶离 / I saw it drive off: 07:12"))  # fmt: skip
    await expect(page.locator(".sheet")).not_to_contain_class("dead")
    await page.keyboard.press("Escape")
    await expect(page.locator(".sheet")).to_have_count(0)


async def test_a_question_about_a_truck_that_is_gone_is_given_up_and_nothing_is_sent(window: Opener, console: Console) -> None:
    story = told_to_wait()
    show(console.on, story)
    one = await window()
    await sheet_of(one)
    page = one.page
    await page.get_by_role("button", name="放行此车").click()
    await page.locator("[data-key=question-1]").wait_for()
    story.arrive(plate="渝B99999", gross_g=9_000_000)
    show(console.on, story)
    await expect(page.get_by_role("alert").filter(has_text="卡口情况已变")).to_be_visible()
    await expect(page.locator(".gate-card[data-state=refused] [data-key^=answer-]")).to_have_text(["转查验", "退回"])
    await expect(page.locator("[data-key=question-1]")).to_have_count(0)
    assert "/api/acts/gate-check" not in console.arrived


async def test_a_truck_that_is_told_of_anew_as_the_button_is_pressed_is_not_let_go(window: Opener, console: Console) -> None:
    story = told_to_wait()
    show(console.on, story)
    one = await window()
    await sheet_of(one)
    page = one.page
    await page.get_by_role("button", name="放行此车").click()
    await page.locator("[data-key=question-1]").wait_for()
    await asyncio.sleep(DEAD_S)
    await page.locator("[data-key=why-1]").click()
    heard = asyncio.Event()

    async def late(route: Route) -> None:
        await heard.wait()
        await route.continue_()

    await page.route("**/api/gate", late)  # the page hears nothing of what comes now
    story.arrive(gross_g=12_000_000, again=True)
    console.on.core.state = story.state
    await page.get_by_role("button", name="确认放行此车").click()
    await expect(page.get_by_role("alert").filter(has_text="情况已变, 现为: ")).to_contain_text("12000000 克")
    (said,) = console.on.events(GateChecked)
    assert (said.actor, console.on.core.state.visits["gate"].state) == ("zhang", "waiting")
    assert console.on.core.state.visits["gate"].order_seq < 0
    heard.set()
    await page.unroute_all(behavior="wait")


async def test_who_waits_behind_a_truck_of_which_nobody_knows_stands_on_its_card(window: Opener, console: Console) -> None:
    story = unsure()
    show(console.on, story)
    one = await window()
    await sheet_of(one)
    page = one.page
    waits = page.locator(".gate-card[data-state=unsure] .behind")
    await expect(waits).to_have_count(0)
    story.wait(60_000)
    story.arrive(plate="渝C00007", box="AKE12345CA", sure=False)
    show(console.on, story)
    await expect(waits.locator("b")).to_have_text("渝C00007")
    await expect(waits).to_contain_text("识别存疑")
    await expect(waits).to_contain_text("AKE12345CA")
    await expect(waits).to_contain_text("等候: 前车处理后再判")
    await expect(page.locator(".gate-card[data-state=unsure] [data-key^=answer-]")).to_have_count(3)
