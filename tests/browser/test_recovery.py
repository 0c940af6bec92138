"""Guided recovery at the screen: what is offered, in how many actions, and what is never offered."""

import asyncio
import contextlib
import re

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Route, expect
from playwright.async_api import TimeoutError as NotInTime

from controller.console.views import last4
from controller.domain.identifiers import classify
from controller.domain.reasons import Role
from controller.line.belt import PlcFlag, RingKind
from controller.line.events import CartonRemoved, HoldPlaced, LineCommanded, LoadArrived, RerunOrdered
from controller.line.seal_events import SealCheckStarted, SealReported, SecondLook
from controller.line.shown import LETTERS
from tests.browser.conftest import Console, Opener
from tests.browser.told import EXECUTE, HELD, STOPPED, A, B, Told
from tests.browser.window import Window
from tests.console.bench import PASSWORD, Bench
from tests.line.line_story import CARRIER

pytestmark = pytest.mark.browser

HEALTHY = int(PlcFlag.E_STOP_HEALTHY | PlcFlag.HOST_LINK_OK) | 1 << 6 | 1 << 7 | 1 << 11  # guards, air, X-ray
RUNS = HEALTHY | PlcFlag.RUNNING
ABORTED = 9
HOLD_MS = 950
# What a keyboard wedge does to the field that has the focus, within one millisecond: through all listeners of the page.
SCANNER = """code => {
    const field = document.activeElement;
    const key = (key, code) => field.dispatchEvent(new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true }));
    for (const one of code) if (key(one, /[0-9]/.test(one) ? `Digit${one}` : `Key${one}`)) field.value += one;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    key('Enter', 'Enter');
}"""
JAMMED = HEALTHY | PlcFlag.JAM


class Hands:
    """A person at the screen, whose actions are counted."""

    def __init__(self, window: Window) -> None:
        self.page = window.page
        self.window = window
        self.actions = 0

    def find(self, key: str) -> Locator:
        return self.page.locator(f"main [data-key='{key}']")

    async def tap(self, target: Locator) -> None:
        self.actions += 1
        await target.click()

    async def tap_until(self, target: Locator, text: str) -> None:
        """As a person does where no answer came in time or the line has moved on meanwhile, and the page says so: once more."""
        for _ in range(3):
            if await target.count():
                await self.tap(target)
            with contextlib.suppress(NotInTime):
                return await self.page.locator("main", has_text=text).first.wait_for(timeout=4000)
        raise AssertionError(await self.page.locator("main").inner_text())

    async def hold(self, label: str) -> None:
        self.actions += 1
        await self.page.locator(f"main hold-button[label='{label}'] button").hover()
        await self.page.mouse.down()
        await self.page.wait_for_timeout(HOLD_MS)
        await self.page.mouse.up()

    async def scan(self, code: str) -> None:
        """As a scanner types it: fast, with Enter behind it, into whatever listens."""
        self.actions += 1
        await self.page.locator("#carton-code:focus").wait_for()
        await self.window.value(SCANNER, code)

    async def type_by_hand(self, code: str) -> None:
        await self.page.locator("#carton-code").focus()
        await self.page.keyboard.type(code, delay=70)
        await self.page.keyboard.press("Enter")

    async def go(self, where: str) -> None:
        await self.window.value("where => { location.hash = where; }", where)

    async def reads(self, text: str, within: str = "main") -> None:
        try:
            await self.page.locator(within, has_text=re.compile(re.escape(text))).first.wait_for(timeout=8000)
        except NotInTime:
            raise AssertionError(f"{text!r} is not in: {await self.page.locator('main').inner_text()}") from None


@pytest_asyncio.fixture(loop_scope="session")
async def story(console: Console) -> Told:
    return Told(console.on)


async def signed_in(window: Window, account: str, path: str = "") -> Hands:
    await window.sign_in(account, PASSWORD, path)
    await window.page.locator("html[data-link=live]").wait_for()
    return Hands(window)


def commands(on: Bench) -> list[str]:
    return [one.event.command for one in on.events(LineCommanded) if isinstance(one.event, LineCommanded)]


async def jammed(story: Told, *numbers: str) -> None:
    story.on_belt(*numbers)
    story.loses(*range(1, len(numbers) + 1))
    story.ring(RingKind.JAM, 0, 5)
    story.says(JAMMED, HELD)
    await story.tell()


# --- jam -------------------------------------------------------------------------------------------------------------


async def test_a_jam_is_cleared_in_six_actions_and_the_result_is_named_and_timed(
    window: Opener, console: Console, story: Told
) -> None:
    me = await signed_in(await window(), "li")
    await jammed(story, A)
    await me.tap(me.page.locator("why-stopped .recover", has_text="堵塞"))
    await me.reads("取出箱并逐个扫码", "section.step h3")
    await me.scan(A)
    await me.tap(me.find("rerun"))
    await me.reads("光眼仍报告堵塞", "section.step .check")
    assert await me.page.locator("section.step hold-button").count() == 0, "no start while a photo-eye reports a jam"
    story.says(HEALTHY, STOPPED)
    await story.tell()  # somebody has pressed Reset at the machine
    await me.hold("复位")
    await me.page.locator("main .answer[data-stage=accepted]").wait_for()
    story.says(HEALTHY, 4)
    await story.tell()
    await me.hold("启动")
    await me.page.locator("main .answer[data-stage=accepted]").wait_for()
    story.says(RUNS, EXECUTE)
    await story.tell()
    await me.page.locator("h3.result", has_text=re.compile("堵塞: 已处置, 用时 .*秒")).wait_for()
    await me.reads("重投 1 箱")
    assert me.actions <= 6
    assert commands(console.on) == ["reset", "start"]
    (order,) = [one.event for one in console.on.events(RerunOrdered)]
    assert (order.code, order.track) == (A, "1:1")  # type: ignore[union-attr]


async def test_a_carton_that_nobody_is_sure_of_goes_to_inspection_only(window: Opener, console: Console, story: Told) -> None:
    me = await signed_in(await window(), "li")
    await jammed(story, A, B)
    await me.go("recovery/jam")
    await me.scan(A[:-3] + str((int(A[-3]) + 1) % 10) + A[-2:])
    await me.reads("校验位错误", ".code-says.fault")
    await me.tap(me.page.get_by_text("认不清"))
    await me.reads("身份不确定: 只能送查验道")
    assert await me.find("rerun").count() == 0
    await me.tap(me.find("inspect"))
    await me.reads("还有 1 箱")
    assert not console.on.events(CartonRemoved), "of a carton whose number is not sure nothing is said"
    await expect(me.page.locator("main .cartons li")).to_have_count(2)  # nobody knows which of the two it was
    await me.scan(B if await me.page.locator("main .cartons li", has_text=last4(B)).count() else A)
    await me.find("rerun").wait_for()


async def test_a_carton_that_is_nowhere_is_marked_by_the_shift_lead_alone(window: Opener, console: Console, story: Told) -> None:
    operator, lead = await window(), await window()
    me, lead_hands = await signed_in(operator, "li"), await signed_in(lead, "ban")
    await jammed(story, A)
    await me.go("recovery/jam")
    await me.tap(me.page.get_by_text("找不到"))
    await me.reads("须由班长登录确认")
    assert await me.find("missing").is_disabled()
    await lead_hands.go("recovery/jam")
    await lead_hands.tap(lead_hands.page.get_by_role("button", name="接手"))
    await lead_hands.tap(lead_hands.page.get_by_text("找不到"))
    await lead_hands.tap(lead_hands.find("missing"))
    await lead_hands.reads("已取出 1 箱")
    (removed,) = console.on.events(CartonRemoved)
    assert (removed.actor, removed.event.place) == ("ban", "missing")  # type: ignore[union-attr]


async def test_a_second_screen_sees_who_has_it_takes_over_and_both_are_told(window: Opener, story: Told) -> None:
    one, two = await window(), await window()
    me, other = await signed_in(one, "li"), await signed_in(two, "ban")
    await jammed(story, A, B)
    await me.go("recovery/jam")
    await me.scan(A)
    await me.tap_until(me.find("rerun"), "还有 1 箱")
    await other.go("recovery/jam")
    await other.reads("Li 正在", ".banner")
    await other.tap(other.page.get_by_role("button", name="接手"))
    await other.reads("已从 Li", ".banner")
    await me.reads("Ban 正在", ".banner")
    await other.reads("还有 1 箱")
    await me.scan(B)
    assert await me.find("rerun").count() == 0, "it is in other hands"


async def test_a_scan_that_comes_before_the_service_has_said_whose_it_is_is_not_lost(window: Opener, story: Told) -> None:
    me = await signed_in(await window(), "li")
    await jammed(story, A, B)
    go_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await me.page.route("**/api/wizards/jam", hold)
    await me.go("recovery/jam")
    await me.scan(A)
    await expect(me.find("rerun")).to_be_disabled()
    go_on.set()
    await me.tap(me.find("rerun"))
    await me.reads("还有 1 箱")


async def test_what_was_noted_is_void_when_tracking_begins_anew(window: Opener, story: Told) -> None:
    me = await signed_in(await window(), "li")
    await jammed(story, A, B)
    await me.go("recovery/jam")
    await me.tap(me.page.get_by_text("认不清"))
    await me.tap(me.find("inspect"))
    await me.reads("还有 1 箱")
    story.epoch = 2
    story.sync(flags=int(HEALTHY))
    await story.tell()
    await me.reads("跟踪已重新开始", ".banner")


# --- emergency stop --------------------------------------------------------------------------------------------------


async def test_an_emergency_stop_names_the_button_at_the_machine_and_offers_no_start(window: Opener, story: Told) -> None:
    me = await signed_in(await window(), "li")
    story.on_belt(A, B)
    story.says(int(PlcFlag.HOST_LINK_OK), ABORTED)
    await story.tell()
    await me.tap(me.page.locator("nav [data-key=nav-recovery]"))
    await me.tap(me.page.locator("[data-kind=e_stop]"))
    await me.reads("红色蘑菇头急停按钮", "section.step")
    await me.reads("屏幕上不能复位急停", "section.step")
    assert await me.page.locator("hold-button[label='启动'] button:enabled").count() == 0
    story.epoch = 2
    story.sync(flags=HEALTHY | 2 | 1 << 15)
    await story.tell()
    await me.reads("按“安全复位”", "section.step h3")
    story.says(HEALTHY | 1 << 15, STOPPED)
    await story.tell()
    await me.reads("屏幕上没有启动", "section.step")
    assert await me.page.locator("main hold-button").count() == 0
    story.says(RUNS, EXECUTE)
    await story.tell()
    await me.reads("线上的箱全部重新识别", "section.step h3")
    await me.reads("2 箱待重新识别")
    assert await me.page.locator("main hold-button").count() == 0


async def test_an_open_guard_names_what_to_do_at_the_machine_and_everything_is_identified_anew(
    window: Opener, console: Console, story: Told
) -> None:
    me = await signed_in(await window(), "li")
    story.on_belt(A)
    story.says(HEALTHY & ~PlcFlag.GUARDS_CLOSED, ABORTED)
    await story.tell()
    await me.reads("防护门打开", ".why")
    assert await me.page.locator("hold-button[label='启动'] button:enabled").count() == 0
    await me.tap(me.page.locator("nav [data-key=nav-recovery]"))
    await expect(me.page.locator(".offer[data-kind=e_stop]")).to_have_count(0)
    await me.tap(me.page.locator(".offer[data-kind=guards]"))
    await me.reads("确认防护门内无人", "section.step h3")
    story.epoch = 2
    story.sync(flags=int(HEALTHY & ~PlcFlag.GUARDS_CLOSED) | 2 | 1 << 15)
    await story.tell()
    await me.tap(me.page.get_by_role("button", name="无人, 工具已取出"))
    await me.reads("关好防护门", "section.step h3")
    story.says(HEALTHY | 2 | 1 << 15, ABORTED)
    await story.tell()
    await me.reads("按“安全复位”", "section.step h3")
    story.says(RUNS, EXECUTE)
    await story.tell()
    await me.reads("1 箱待重新识别")
    assert await me.page.locator("main hold-button").count() == 0, "no start on this screen"
    await me.scan(A)
    await me.tap(me.find("send"))
    await me.reads("门开: 已处置")
    assert [one.event.code for one in console.on.events(RerunOrdered)] == [A]  # type: ignore[union-attr]


# --- no read, seal, tracking -----------------------------------------------------------------------------------------


async def test_a_number_entered_by_hand_is_tested_at_once_and_entered_twice(
    window: Opener, console: Console, story: Told
) -> None:
    me = await signed_in(await window(), "li")
    story.ready(A)
    story.pass_to_decision(1, "")
    story.divert(1, 1)
    story.says(RUNS, EXECUTE)
    await story.tell()
    await me.go("manual")
    await me.reads("未读到条码")
    await me.type_by_hand(A[:-3] + str((int(A[-3]) + 1) % 10) + A[-2:])
    await me.reads("校验位错误", ".code-says.fault")
    await me.page.locator("#carton-code").fill("")
    await me.type_by_hand(A)
    await me.reads("再录一次")
    await me.type_by_hand(B)
    await me.reads("两次不一致")
    for _ in range(2):
        await me.page.locator("#carton-code").fill("")
        await me.type_by_hand(A)
    await me.reads("清单内有此号码")
    await me.tap(me.find("send"))
    await me.reads(f"已登记 …{last4(A)}")
    (order,) = console.on.events(RerunOrdered)
    assert (order.event.code, order.event.track, order.event.lane) == (A, "1:1", "inspect")  # type: ignore[union-attr]
    await me.reads("没有等待录码的箱")


async def test_a_number_entered_for_a_carton_that_has_left_the_list_goes_to_no_other(
    window: Opener, console: Console, story: Told
) -> None:
    me = await signed_in(await window(), "li")
    story.ready(A, B)
    for track in (1, 2):
        story.pass_to_decision(track, "")
        story.divert(track, 1)
    await story.tell()
    await me.go("manual")
    rows = me.page.locator("manual-code .waiting-row")
    await expect(rows).to_have_count(2)
    mine = me.page.locator("manual-code .waiting-row[aria-checked=true]")
    chosen = await mine.get_attribute("data-key")
    for _ in range(2):
        await me.type_by_hand(A)
    await me.find("send").wait_for()
    await console.on.core.submit(RerunOrdered(B, "inspect", chosen or ""), actor="ban", role=Role.SHIFT_LEAD)
    await expect(rows).to_have_count(1)
    await me.reads("刚才选的箱已不在列表")
    assert await me.find("send").count() == 0
    assert [one.actor for one in console.on.events(RerunOrdered)] == ["ban"]


async def test_what_changed_since_the_page_was_drawn_is_said_in_words(window: Opener, console: Console, story: Told) -> None:
    me = await signed_in(await window(), "li")
    story.on_belt(A)
    story.loses(1)
    await story.tell()
    await me.go("manual")
    await me.scan(A)
    await me.find("send").wait_for()
    # A page that has not heard of the newest rows yet, for as long as it takes to press.
    await me.window.value("""async () => {
        const { stream } = await import(new URL('core/stream.js', location.href).href);
        const old = stream.state.seq;
        Object.defineProperty(stream.state, 'seq', { get: () => old, set: () => {} });
    }""")
    await console.on.core.submit(
        HoldPlaced("H1", "carton", f"{CARRIER}/{A}", "company_hold", "wet"), actor="ban", role=Role.SHIFT_LEAD
    )
    await me.tap(me.find("send"))
    await me.reads("情况已变: 已被扣留", ".answer")
    assert not console.on.events(RerunOrdered)


async def test_the_keys_on_the_page_enter_a_number_too(window: Opener, story: Told) -> None:
    me = await signed_in(await window(has_touch=True), "li")
    story.ready(A)
    story.pass_to_decision(1, "")
    story.divert(1, 1)
    await story.tell()
    await me.go("manual")
    for _ in range(2):
        for key in [*A, "done"]:
            await me.page.locator(f"carton-code [data-does='{key}']").tap()
    await me.reads(A, ".chosen")


async def test_a_seal_problem_offers_only_what_this_person_may_say(window: Opener, console: Console, story: Told) -> None:
    operator, officer = await window(), await window()
    me = await signed_in(operator, "li")
    await console.on.core.submit(LoadArrived("XY001", "P1"), actor="li", role=Role.OPERATOR)
    await me.go("recovery/seal")
    await me.tap(me.page.get_by_role("button", name="车门未开"))
    await me.tap(me.find("seal.check"))
    await me.reads("用手持枪扫每个封签")
    assert console.on.events(SealCheckStarted)
    await me.tap(me.find("seal.broken"))
    await me.reads("封志破损")
    await me.reads("须由另一位关员复核")
    assert await me.find("seal.accept").count() == 0
    assert console.on.events(SealReported)
    await story.passes(600_000)  # the first look is over
    his = await signed_in(officer, "zhang", "/operator#recovery/seal")
    await his.reads("Li 正在", ".banner")
    await his.tap(his.page.get_by_role("button", name="接手"))
    await his.tap(his.page.get_by_role("button", name="车门未开"))
    await his.find("seal.accept").wait_for()
    await his.tap(his.find("seal.confirm"))
    await his.reads("已登记")
    (look,) = console.on.events(SecondLook)
    assert (look.actor, look.event.accepted) == ("zhang", False)  # type: ignore[union-attr]
    assert len(look.event.shown) == LETTERS  # type: ignore[union-attr]


async def test_lost_cartons_are_looked_for_only_when_the_belt_stands(window: Opener, console: Console, story: Told) -> None:
    me = await signed_in(await window(), "li")
    story.on_belt(A)
    story.loses(1)
    story.says(RUNS, EXECUTE)
    await story.tell()
    await me.tap(me.page.locator("nav [data-key=nav-recovery]"))
    await me.tap(me.page.locator("[data-kind=tracking]"))
    await me.reads("皮带还在动", "section.step .check")
    story.says(HEALTHY, HELD)
    await story.tell()
    await me.scan(A)
    await me.tap(me.find("inspect"))
    await me.tap(me.page.get_by_text("皮带上没有多余的箱"))
    (removed,) = console.on.events(CartonRemoved)
    assert removed.event.place == "inspect"  # type: ignore[union-attr]
    await me.hold("启动")
    story.says(RUNS, EXECUTE)
    await story.tell()
    await me.reads("跟踪丢失: 已处置")
    assert console.on.core.state.alarms
    await me.tap(me.find("acknowledge"))
    await me.page.locator("[data-key=acknowledge]").wait_for(state="detached")
    assert not [one for one in console.on.core.state.alarms.values() if one.code == "tracking_lost"]
    assert commands(console.on) == ["unhold"]


# --- the same rules in two languages of programming ------------------------------------------------------------------


async def test_the_page_says_of_a_number_what_the_core_says(window: Opener) -> None:
    one = (await signed_in(await window(), "li")).window
    codes = [
        A,
        B,
        "RR100000011CN",
        "sf1234567890123",
        "SF123456789012",
        "003456789012345678",
        "(00)123456789012345675",
        "12345678",
    ]
    codes += ["4006381333931", "6901234567892", "JD0123456789012", "AB-12", "", "RR 1000 00025 CN", "(01)06901234567892"]
    codes += [f"RR{n:08d}{d}CN" for n in range(10_000_000, 10_000_011) for d in range(10)]
    codes += [f"SF{n}" for n in range(102_345_678_901, 102_345_678_931)]
    said = await one.value(
        """async codes => {
        const module = await import(new URL('recovery/identifiers.js', document.querySelector('script[type=module]').src));
        return codes.map(code => { const found = module.classify(code); return [found.kind, found.text, found.check]; });
        }""",
        codes,
    )
    assert said == [[str(one.kind), one.text, str(one.check)] for one in (classify(code) for code in codes)]


async def test_every_recovery_and_every_step_has_its_words_in_both_languages(window: Opener) -> None:
    one = await signed_in(await window(), "li")
    missing = await one.window.value(
        """async () => {
        const base = document.querySelector('script[type=module]').src;
        const { RECOVERIES } = await import(new URL('recovery/recoveries.js', base));
        const words = (await import(new URL('../words/recovery.js', base))).default;
        const wanted = Object.keys(RECOVERIES).flatMap(kind => ['', '.none', '.after'].map(end => `recovery.${kind}${end}`));
        const steps = Object.values(RECOVERIES).flatMap(one => one.steps);
        for (const { key } of steps) wanted.push(`step.${key}`, `step.${key}.how`);
        return wanted.filter(key => !(words[key] ?? []).every(Boolean) || (words[key] ?? []).length !== 2);
        }"""
    )
    assert missing == []
