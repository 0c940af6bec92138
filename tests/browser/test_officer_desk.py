"""The officer's main jobs in the browser: one key releases, two hold; nothing is decided unseen, unproven, or by a scanner."""

import asyncio
import contextlib
import re
from typing import Any

import pytest
from playwright.async_api import Route, expect
from playwright.async_api import TimeoutError as NotYet

from controller.console.views import last4
from controller.domain.reasons import Role
from controller.line.events import DeviceDown
from controller.line.inspection_events import VerdictUndone
from controller.line.people_events import ActRefused
from tests.browser.conftest import Console, Opener
from tests.browser.officer_bench import DEAD_S, NUMBERS, Desk, DeskStory, prepared
from tests.browser.window import Window
from tests.console.picture_bench import METAL

pytestmark = pytest.mark.browser
LAST4 = [last4(number) for number in NUMBERS]


# A scanner that is a keyboard: each key goes down and up at once, and Enter ends it.
TYPED = """(text) => {
  for (const one of [...text, 'Enter']) {
    const code = one === 'Enter' ? one : /[0-9]/.test(one) ? `Digit${one}` : `Key${one}`;
    for (const name of ['keydown', 'keyup']) (document.activeElement ?? document.body).dispatchEvent(
      new KeyboardEvent(name, {code, key: one, bubbles: true, cancelable: true}));
  }
}"""


async def settle(seconds: float = 0.8) -> None:
    """Long enough for an act to reach the core, if there was one."""
    await asyncio.sleep(seconds)


async def test_from_sign_in_to_a_release_by_one_key_and_the_next_picture_is_there(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    story.picked(2)
    desk = await Desk.open(await window())
    await desk.ready(LAST4[0])
    whole = "el => getComputedStyle(el).overflowY === 'visible' || el.scrollHeight <= el.clientHeight"
    assert await desk.page.locator(".who .name").evaluate(whole), "no letter of the name that reaches below its line is cut off"
    first = await desk.glass()
    await desk.page.keyboard.down("Digit7")
    await asyncio.sleep(0.3)
    await desk.shows_other_than(first)
    await desk.page.keyboard.up("Digit7")
    await desk.press("KeyF")
    (said,) = await story.given(1)
    assert (said.track, said.image, said.verdict) == ("1:1", story.image_of(1), "clear")
    assert said.cause == "图像与申报相符 / as declared"
    assert said.dwell_ms > 500
    assert said.first_pixel_ms > 0
    assert re.fullmatch(r"edge 1x \d+\.\ds, pointer 0%", said.tools)
    await desk.ready(LAST4[1])
    assert await desk.glass() != first
    assert await desk.ledger() == [f"{LAST4[0]} 放行 已接受"]


async def test_a_hold_is_two_keys_and_a_finding_makes_a_release_two_too(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    story.picked(2, METAL)
    desk = await Desk.open(await window())
    await desk.ready(LAST4[0])
    await desk.press("KeyK")
    await desk.page.locator("reason-panel", has_text="疑似夹藏").wait_for()
    await desk.press("Escape", "KeyY")
    await desk.page.locator("reason-panel", has_text="送异常道原因").wait_for()
    await desk.press("Backspace", "KeyF")
    assert [one.verdict for one in await story.given(1)] == ["clear"], "what was given up decides nothing; one key released it"
    await desk.ready(LAST4[1])
    await desk.says("有分析提示: 放行须选理由")
    await desk.press("KeyF")
    await desk.page.locator("reason-panel", has_text="分析提示为误报").wait_for()
    await settle()
    assert len(story.verdicts()) == 1
    await desk.press("Escape", "KeyK", "Digit2")
    said = (await story.given(2))[1]
    assert (said.track, said.verdict, said.cause) == ("1:2", "open", "疑似夹藏 / something may be hidden")
    assert "verdict_open" in {hold.code for hold in console.on.core.state.holds.values()}
    await desk.says("无待审图像")
    await settle(0.3)
    assert await desk.window.value("""() => {
      const over = document.querySelector('x-ray-viewer .over');
      return over.getContext('2d').getImageData(0, 0, over.width, over.height).data.every((one) => one === 0);
    }"""), "nothing of the last picture stands on an empty glass"


async def test_no_decision_before_this_very_picture_was_drawn_and_proven(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    go_on = asyncio.Event()
    one = await window()

    async def hold(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await one.page.route("**/drawing", hold)
    desk = await Desk.open(one)
    await desk.says("正在证实图像已显示")
    await settle()
    await desk.press("KeyF", "KeyK", "Digit1", "KeyY")
    await settle()
    assert not story.verdicts()
    assert not console.on.events(ActRefused), "the page asked for nothing that would be refused"
    go_on.set()
    await desk.ready()
    await desk.press("KeyF")
    await story.given(1)


async def test_a_picture_that_can_not_be_had_is_not_decided(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    one = await window()

    async def wrong(route: Route) -> None:
        await route.fulfill(status=404, json={"ok": False, "code": "not_a_picture"})

    await one.page.route("**/api/pixels/*", wrong)
    one.link_may_fail = True
    desk = await Desk.open(one)
    await desk.says("图像取不到")
    await desk.press("KeyF", "KeyK", "Digit1")
    await settle()
    assert not story.verdicts()
    one.faults = [fault for fault in one.faults if "404" not in fault]


async def test_a_picture_that_did_not_come_is_asked_for_again_and_then_judged(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    one = await window()
    one.link_may_fail = True

    async def cut_off(route: Route) -> None:
        await route.abort()

    await one.page.route("**/api/pixels/*", cut_off, times=2)
    desk = await Desk.open(one)
    await desk.says("图像取不到")
    await desk.ready(LAST4[0])
    await desk.press("KeyF")
    await story.given(1)


async def test_a_scanner_that_types_decides_nothing(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    desk = await Desk.open(await window())
    await desk.ready()
    for text in ("F", "K2", "FK1F", "LP0012YPKF", "F1K2Y3"):
        await desk.window.value(TYPED, text)
        await asyncio.sleep(0.15)
    await desk.page.keyboard.type("LP0012YPKF")
    await desk.page.keyboard.press("Enter")
    await desk.press("Enter", "Space", "Tab", "Enter", "Space")
    await settle()
    assert not story.verdicts()
    assert await desk.page.locator("reason-panel button").count() == 0


async def test_a_second_press_never_decides_the_carton_that_came_under_it(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    for track in (1, 2, 3):
        story.picked(track)
    desk = await Desk.open(await window())
    await desk.ready(LAST4[0])
    await desk.press("KeyF", "KeyF", held_ms=90, gap_ms=30)
    await settle(1.5)
    assert [one.track for one in story.verdicts()] == ["1:1"]
    await desk.ready(LAST4[1])
    await desk.page.keyboard.down("KeyF")
    for _ in range(20):  # a key that lies under something
        await desk.page.keyboard.down("KeyF")
        await asyncio.sleep(0.05)
    await desk.page.keyboard.up("KeyF")
    assert [one.track for one in await story.given(2)] == ["1:1", "1:2"]


async def test_what_counts_as_a_press_of_a_deciding_key(window: Opener) -> None:
    one = await prepared(await window())
    found = await one.value("""async () => {
      const { DecisionKeys } = window.officer.keys;
      const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
      const play = async (...steps) => {
        const fired = [];
        const keys = new DecisionKeys((code) => fired.push(code), () => now);
        let now = 1000;
        for (const [what, code, at, more] of steps) {
          now = 1000 + at;
          if (what === 'dead') keys.deaden();
          else keys[what]({code, timeStamp: now, ...more});
        }
        await sleep(90);
        return fired.join();
      };
      const F = (from, to, more) => [['down', 'KeyF', from, more], ['up', 'KeyF', to, more]];
      return {
        one: await play(...F(0, 80)), short: await play(...F(0, 79)), long: await play(...F(0, 5000)),
        repeats: await play(['down', 'KeyF', 0], ['down', 'KeyF', 30, {repeat: true}], ['up', 'KeyF', 100]),
        composing: await play(...F(0, 100, {isComposing: true})), ime: await play(...F(0, 100, {keyCode: 229})),
        control: await play(...F(0, 100, {ctrlKey: true})), alone: await play(['up', 'KeyF', 100]),
        before: await play(['down', 'KeyA', 0], ['up', 'KeyA', 5], ...F(40, 140)),
        meanwhile: await play(['down', 'KeyF', 0], ['down', 'KeyA', 90], ['up', 'KeyA', 95], ['up', 'KeyF', 200]),
        after: await play(...F(0, 100), ['down', 'Enter', 130], ['up', 'Enter', 135]),
        bounce: await play(...F(0, 100), ...F(120, 125)),
        dead: await play(['dead', '', 0], ...F(300, 399)), alive: await play(['dead', '', 0], ...F(401, 500)),
        across: await play(['down', 'KeyF', 0], ['dead', '', 50], ['up', 'KeyF', 900]),
        two: await play(...F(0, 100), ['down', 'KeyK', 200], ['up', 'KeyK', 300]),
      };
    }""")
    yes = {"one": "KeyF", "long": "KeyF", "repeats": "KeyF", "bounce": "KeyF", "alive": "KeyF", "two": "KeyF,KeyK"}
    assert found == dict.fromkeys(found, "") | yes


async def test_two_officers_share_one_pool_and_never_a_carton(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    zhang = await Desk.open(await window())
    await zhang.ready(LAST4[0])
    zhao = await Desk.open(await window(), "zhao")
    await zhao.page.locator("queue-strip .tile[data-state=other]", has_text="Zhang 审图中").wait_for()
    await zhao.press("ArrowDown", "KeyF", "KeyK", "Digit1")
    await settle()
    assert not story.verdicts()
    story.picked(2)
    await zhao.press("Escape")
    await zhao.ready(LAST4[1])
    await zhang.page.locator("queue-strip .tile[data-state=other]", has_text="Zhao 审图中").wait_for()
    await zhao.press("KeyF")
    await zhang.press("KeyF")
    assert {(one.event.track, one.actor) for one in console.on.events(type((await story.given(2))[0]))} == {  # type: ignore[union-attr]
        ("1:1", "zhang"), ("1:2", "zhao"),
    }  # fmt: skip


async def test_a_preview_decides_nothing_and_says_so(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    story.picked(2)
    desk = await Desk.open(await window())
    await desk.ready(LAST4[0])
    await desk.press("ArrowDown")
    await desk.says("预览, 不可判定")
    await settle()
    await desk.press("KeyF", "KeyK", "Digit1", "KeyY")
    await settle()
    assert not story.verdicts()
    await desk.press("Escape")
    await desk.ready(LAST4[0])
    await desk.press("KeyF")
    assert (await story.given(1))[0].track == "1:1"


async def test_a_previewed_picture_that_becomes_ones_own_is_proven_and_can_be_judged(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    story.picked(2)
    desk = await Desk.open(await window())
    await desk.ready(LAST4[0])
    await desk.press("ArrowDown")
    await desk.says("预览, 不可判定")
    await settle()
    story.past_its_last_call(1)
    story.show()
    await desk.ready(LAST4[1])
    await desk.press("KeyF")
    (said,) = await story.given(1)
    assert (said.track, said.image, said.verdict) == ("1:2", story.image_of(2), "clear")
    assert said.first_pixel_ms > 0


async def test_a_drawing_that_the_service_forgot_is_proven_again(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    one = await window()
    asked: list[str] = []
    one.page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/drawn") else None)
    desk = await Desk.open(one)
    await desk.ready(LAST4[0])
    console.on.desk.verdicts.drawings._drawn.clear()
    await desk.press("KeyF")
    await desk.page.locator(".notice[data-kind=refused]").wait_for()
    await desk.ready(LAST4[0])
    assert len(asked) == 2
    await desk.press("KeyF")
    await story.given(1)


async def test_the_reason_that_was_asked_for_one_carton_is_never_given_for_another(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    story.picked(2)
    desk = await Desk.open(await window())
    await desk.ready(LAST4[0])
    await desk.press("KeyF")
    await story.given(1)
    await desk.ready(LAST4[1])
    await desk.press("KeyK")
    panel = desk.page.locator("reason-panel", has_text="疑似夹藏")
    await panel.wait_for()
    await asyncio.sleep(DEAD_S)
    await desk.page.locator("decision-bar .act.undo").click(delay=120)
    await panel.wait_for(state="hidden")
    await desk.ready(LAST4[0])
    await desk.press("Digit2")
    await settle()
    assert len(story.verdicts()) == 1, "nobody was asked why this one is to be opened"
    await desk.press("KeyF")
    assert (await story.given(2))[1].verdict == "clear"


async def test_a_verdict_is_taken_back_until_the_belt_has_decided_and_told_to_be_late_after(
    window: Opener, console: Console
) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    desk = await Desk.open(await window())
    await desk.ready()
    await desk.press("KeyF")
    await story.given(1)
    await desk.says("无待审图像")
    await settle()
    await desk.press("Backspace")
    await desk.says("的判定已撤销")
    assert len(console.on.events(VerdictUndone)) == 1
    await desk.ready(LAST4[0])
    await desk.press("KeyF")
    await story.given(2)
    story.past_its_last_call(1)
    story.show()
    await settle()
    await desk.press("Backspace")
    await desk.page.locator(".notice[data-kind=late]", has_text="未能撤销").wait_for()
    assert story.inspection(1).verdict == "clear"


async def test_a_verdict_whose_answer_was_lost_is_ones_own_and_can_be_taken_back_after_a_reload_too(
    window: Opener, console: Console
) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    story.picked(2)
    one = await window()
    one.link_may_fail = True

    async def unheard(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await one.page.route("**/acts/verdict", unheard, times=1)
    desk = await Desk.open(one)
    await desk.ready(LAST4[0])
    await desk.press("KeyF")
    await story.given(1)
    story.show()
    await desk.page.locator(".notice", has_text=f"{LAST4[0]} 的判定已接受").wait_for()
    await desk.ready(LAST4[1])
    assert await desk.ledger() == [f"{LAST4[0]} 放行 已接受"]
    await one.page.reload()
    await desk.ready(LAST4[1])
    assert await desk.ledger() == [f"{LAST4[0]} 放行 已接受"]
    await one.page.route("**/acts/verdict-undo", unheard, times=1)
    await desk.press("Backspace")
    await desk.page.locator("queue-strip .last .tile[data-state=undone]", has_text=LAST4[0]).wait_for()
    assert len(console.on.events(VerdictUndone)) == 1
    await desk.ready(LAST4[1])
    await desk.press("KeyF")
    assert [said.track for said in await story.given(2)] == ["1:1", "1:2"]
    await desk.ready(LAST4[0])
    await desk.press("KeyF")
    assert [said.track for said in await story.given(3)] == ["1:1", "1:2", "1:1"]


async def test_a_late_word_is_said_to_be_late_and_a_carton_that_went_undecided_too(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    story.picked(2)
    one = await window()

    async def slow(route: Route) -> None:
        story.past_its_last_call(1)
        story.show()
        await settle()
        await route.continue_()

    await one.page.route("**/acts/verdict", slow)
    desk = await Desk.open(one)
    await desk.ready(LAST4[0])
    await desk.press("KeyK", "Digit3")
    await desk.page.locator(".notice[data-kind=late]", has_text="晚到").wait_for()
    assert (await story.given(1))[0].verdict == "open"
    await desk.ready(LAST4[1])
    assert await desk.ledger() == [f"{LAST4[0]} 开箱 已接受 · 晚到"]
    story.past_its_last_call(2)
    story.show()
    await desk.page.locator(".notice[data-kind=late]", has_text="未判: 转查验道").wait_for()
    assert (await desk.ledger())[0] == f"{LAST4[1]} 未判 未及时"


async def test_a_role_that_was_taken_away_decides_nothing_more(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    desk = await Desk.open(await window())
    await desk.ready()
    await desk.press("KeyK")
    await desk.page.locator("reason-panel", has_text="疑似夹藏").wait_for()
    console.on.people.change("zhang", by="ke", utc="now", role=Role.CUSTOMS_AUDITOR)
    await desk.press("Digit2")
    await settle(1.5)
    assert not story.verdicts()
    await desk.page.locator("body", has_text=re.compile("登录|未执行")).wait_for()


SESSION = """async (does) => {
  const { session } = await import(new URL('core/session.js', location.href).href);
  await session[does]();
}"""


async def test_a_locked_page_says_so_and_a_page_without_a_person_leaves(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    desk = await Desk.open(await window())
    await desk.ready()
    await desk.window.value(SESSION, "lock")
    await desk.says("屏幕已锁定")
    assert "已锁定" in await desk.page.locator(".over-picture").inner_text()
    await desk.press("KeyF", "KeyK", "Digit1")
    await settle()
    assert not story.verdicts()
    await desk.window.value(SESSION, "signOut")
    await desk.page.wait_for_url(re.compile(r"to=officer"))


async def test_a_carton_that_leaves_the_queue_early_is_not_told_to_be_past_its_last_call(
    window: Opener, console: Console
) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    desk = await Desk.open(await window())
    await desk.ready()
    story.epoch += 1
    story.sync()  # the PLC began anew and knows of no carton
    story.show()
    await desk.page.locator(".notice[data-kind=told]", has_text="已离开待审队列, 未判").wait_for()
    assert await desk.ledger() == []


async def test_the_alarm_bar_opens_what_stands(window: Opener, console: Console) -> None:
    await console.plc.synced()
    await console.on.core.submit(DeviceDown("scale", "unplugged", "no answer"), actor="scale", role=Role.LINE)
    one = await window()
    go_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await one.page.route("**/api/stream", hold)
    desk = await Desk.open(one)
    await desk.page.locator("line-header .alarm .what").click()
    sheet = desk.page.locator(".sheet[aria-label=报警]")
    await sheet.locator("a[href='/operator#alarms']").wait_for()
    await expect(sheet).not_to_contain_text("当前无报警")  # nobody has said so yet
    go_on.set()
    await sheet.locator(".alarms li").first.wait_for()
    await desk.window.check()


async def test_while_the_link_is_lost_the_image_stays_and_nothing_is_released(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    one = await window()
    one.link_may_fail = True
    desk = await Desk.open(one)
    await desk.ready()
    before = await desk.glass()
    await console.shut()
    await expect(one.page.locator(".left-time")).to_have_attribute("data-state", "old", timeout=15_000)
    await one.page.locator("html[data-link=lost]").wait_for()
    await desk.says("无法放行")
    assert await desk.glass() == before
    await desk.press("KeyF", "KeyK", "Digit1")
    await console.open()
    await one.page.locator("html[data-link=live]").wait_for()
    await settle(1.5)
    assert not story.verdicts(), "nothing that was pressed meanwhile is done afterwards"
    await desk.ready(LAST4[0])
    await desk.press("KeyF")
    await story.given(1)


async def test_when_the_graphics_are_lost_keys_are_dead_until_the_picture_is_back(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    desk = await Desk.open(await window())
    await desk.ready()
    before = await desk.glass()
    await desk.window.value("""() => {
      window.lose = document.querySelector('x-ray-viewer').screen.gl.getExtension('WEBGL_lose_context');
      window.lose.loseContext();
    }""")
    await desk.says("图形丢失")
    await desk.press("KeyF", "KeyK", "Digit1")
    await settle()
    assert not story.verdicts()
    await desk.window.value("window.lose.restoreContext()")
    await desk.ready()
    assert await desk.glass() == before
    await desk.press("KeyF")
    await story.given(1)


async def test_without_webgl2_the_page_says_so_and_the_verdict_keeps_it(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    one = await window()
    await one.page.add_init_script("""
      const real = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
        return kind === 'webgl2' ? null : real.call(this, kind, ...more);
      };
    """)
    desk = await Desk.open(one)
    await desk.ready()
    await one.page.locator(".watermark", has_text="8 位降级").wait_for()
    await desk.press("KeyF")
    assert "8bit" in (await story.given(1))[0].tools


async def test_a_tool_lasts_as_long_as_its_key_a_double_press_latches_and_the_next_carton_is_standard(
    window: Opener, console: Console
) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    story.picked(2)
    desk = await Desk.open(await window())
    await desk.ready(LAST4[0])
    standard = await desk.glass()
    inverse = desk.page.locator(".tool[data-key=tool-invert]")
    await desk.page.keyboard.down("Digit8")
    await expect(inverse).to_have_attribute("aria-pressed", "true")
    await desk.page.keyboard.up("Digit8")
    await expect(inverse).to_have_attribute("aria-pressed", "false")
    await desk.shows(standard)
    await asyncio.sleep(0.4)  # the next press is not the second of two
    latched = desk.page.locator(".tool[data-key=tool-invert][data-latched]")
    for _ in range(5):  # a page that is busy may still take them too far apart to be one double press
        await desk.press_twice("Digit8")
        with contextlib.suppress(NotYet):
            await latched.wait_for(timeout=1500)
            break
    await expect(latched).to_have_count(1)
    await desk.shows_other_than(standard)
    await desk.press("KeyF")
    await story.given(1)
    await desk.ready(LAST4[1])
    assert await inverse.get_attribute("aria-pressed") == "false"


async def test_keys_can_be_moved_and_switched_off_and_are_kept_for_the_account(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1)
    story.picked(2)
    one = await window()
    desk = await Desk.open(one)
    await desk.ready(LAST4[0])
    await desk.page.keyboard.press("Shift+Slash")
    row = desk.page.locator("[data-key=key-clear] button")
    await asyncio.sleep(0.5)
    await row.click()
    await asyncio.sleep(0.5)
    await desk.page.keyboard.press("KeyK")
    await desk.page.locator(".sheet .fault", has_text="K 已被占用").wait_for()
    await asyncio.sleep(0.5)
    await desk.page.keyboard.press("KeyJ")
    await desk.page.locator("[data-key=key-clear] kbd", has_text="J").wait_for()
    await desk.page.keyboard.press("Escape")
    await one.page.reload()
    await desk.ready(LAST4[0])
    await desk.press("KeyF")
    await settle()
    assert not story.verdicts()
    await desk.press("KeyJ")
    await story.given(1)
    await desk.ready(LAST4[1])
    await desk.page.keyboard.press("Shift+Slash")
    await asyncio.sleep(0.5)
    await desk.page.get_by_label("启用单键操作").click()
    await desk.page.keyboard.press("Escape")
    await desk.press("KeyJ", "Digit8")
    await settle()
    assert len(story.verdicts()) == 1
    button = desk.page.locator("decision-bar .act.clear")
    await button.click(delay=120)
    await story.given(2)


async def test_every_text_is_there_in_english_and_nothing_is_cut(window: Opener, console: Console) -> None:
    story = DeskStory(console.on)
    story.picked(1, METAL)
    story.picked(2)
    one = await window()
    desk = await Desk.open(one)
    await desk.ready(LAST4[0])
    for language in ("zh-CN", "en"):
        await one.page.locator(f"html[lang={language}]").wait_for()
        for codes in (["KeyK"], ["Escape", "KeyM"], ["KeyM", "KeyT"], ["KeyT", "KeyC"], ["KeyC", "ArrowDown"], ["Escape"]):
            await desk.press(*codes)
            await settle(0.2)
            await one.check()
            assert await cut(one) == []
        await desk.page.keyboard.press("Shift+Slash")
        await settle(0.6)
        await one.check()
        assert await cut(one) == []
        await desk.page.keyboard.press("Escape")
        await settle(0.6)
        await one.page.locator(".choices .small").first.click()


CUT = """() => {
  const all = document.querySelectorAll('button, kbd, decision-bar .standing > *, .left-time > *, h2, .sign');
  const seen = [...all].filter((el) => el.offsetParent && !el.closest('.queue ol, .last ol, case-view, .sheet-body'));
  const cut = (el) => getComputedStyle(el).display !== 'inline' && el.scrollWidth > el.clientWidth + 1;
  const outside = ({right, bottom}) => right > innerWidth + 1 || bottom > innerHeight + 1;
  return seen.filter((el) => cut(el) || outside(el.getBoundingClientRect())).map((el) => el.textContent);
}"""


async def cut(window: Window) -> list[Any]:
    """Words that do not fit into their button, or leave the window."""
    found: list[Any] = await window.value(CUT)
    return found
