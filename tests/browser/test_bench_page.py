"""The open-box bench in a browser: a matched carton by scans and two badges alone, what differs, and the way back from a slip."""

import re

import pytest
from playwright.async_api import expect

from controller.domain.reasons import Role
from controller.line.custody_events import CustodyEnded, CustodyMoved
from controller.line.people_events import Exported
from controller.line.recheck_events import RecheckConfirmed, RecheckDecided, WitnessSigned
from controller.line.recheck_state import Recheck
from controller.line.record_events import RecordApproved, RecordFiled, RecordFiledElsewhere, RecordReturned
from controller.line.shown import LETTERS
from tests.browser.bench_story import FIVE, GOODS, NAMES, SEAL_NO, A, B, BenchTold, closed_carton
from tests.browser.conftest import Console, Opener
from tests.browser.window import Window
from tests.console.bench import PASSWORD, PIN
from tests.console.test_record_filing import until_told
from tests.line.recheck_story import STRANGE

pytestmark = pytest.mark.browser


async def at_the_bench(window: Opener, console: Console, *numbers: str) -> tuple[Window, BenchTold]:
    """Zhang has signed in with badge and PIN; these cartons wait."""
    told = BenchTold(console.on)
    await told.waits_for_the_bench(*(numbers or (A,)), items=GOODS)
    one = await window()
    await one.go("/bench")
    await one.page.wait_for_url(re.compile(r"index\.html|/ui/"))
    if not await one.page.locator("#badge").count():
        await one.page.get_by_role("button", name="工牌").click()
    await one.page.locator("#badge").fill("B-zhang")
    await one.page.locator("#pin").fill(PIN)
    await one.page.locator("#pin").press("Enter")
    await one.page.wait_for_url(re.compile("/bench"))
    await one.page.locator("open-carton .big").wait_for()
    return one, told


async def says(one: Window, kind: str) -> None:
    await one.page.locator(f"open-carton .big[data-kind={kind}]").wait_for()


async def opens(one: Window, told: BenchTold) -> None:
    """Its label under the scanner."""
    await told.scans(A)
    await one.page.locator(".pane.carton h2", has_text=A).wait_for()


async def signs(one: Window, title: str, pin: str = PIN, badge: str = "") -> None:
    """On the keys of the page, where a bench has no keyboard."""
    sheet = one.page.locator(".sheet", has_text=title)
    await sheet.wait_for()
    await one.page.wait_for_timeout(450)  # nothing under a finger at first
    if badge:
        await one.page.locator("#sign-badge").fill(badge)
    await one.page.locator("#sign-pin").focus()
    for digit in pin:
        await sheet.locator(f"[data-does='{digit}']").click()
    await sheet.locator("[data-does=done]").click()


def the_recheck(console: Console) -> Recheck:
    return next(iter(console.on.core.state.rechecks.values()))


async def test_a_matched_carton_of_five_is_scans_and_two_badges(window: Opener, console: Console) -> None:
    one, told = await at_the_bench(window, console)
    await one.value("() => { window.clicks = 0; addEventListener('click', () => { window.clicks += 1; }, true); }")
    await opens(one, told)
    await told.takes_stills()
    for n, product in enumerate(FIVE):
        await told.finds(product)
        await one.page.locator(f"tr[data-key=g{n + 1}][data-state=match]").wait_for()
    await says(one, "seal")
    await told.scans(SEAL_NO)
    await says(one, "still")
    await told.takes_stills()
    await one.page.locator(".sheet", has_text="第一名关员签署: Zhang").wait_for()
    assert await one.value("() => window.clicks") == 0, "scans only"
    await signs(one, "第一名关员签署")
    await signs(one, "第二名关员签署", badge="B-zhao")
    await says(one, "scan")
    closed = the_recheck(console)
    assert (closed.outcome, closed.officers, closed.seal_no) == ("released", ("zhang", "zhao"), SEAL_NO)
    assert [stamped.actor for stamped in console.on.events(RecheckConfirmed)] == ["zhao"]
    assert "Zhang" in await one.page.locator("line-header .who").inner_text()


async def test_what_differs_is_loud_can_not_be_released_and_is_detained_by_two(window: Opener, console: Console) -> None:
    one, told = await at_the_bench(window, console)
    await opens(one, told)
    await told.takes_stills()
    await told.finds(*FIVE[:4])
    await told.finds(STRANGE)
    await says(one, "differs")
    big = await one.page.locator("open-carton .big").inner_text()
    assert "不符" in big
    assert f"错货: {STRANGE}" in big
    await expect(one.page.locator("tr[data-state=fault]")).to_have_count(1)
    assert await one.page.locator("tr[data-key=g5]").get_attribute("data-state") == "open"
    await one.page.locator("[data-key=decide]").click()
    await one.page.wait_for_timeout(450)
    assert await one.page.locator("[data-key=released-belt]").is_disabled()
    await one.page.locator("#cage").fill("扣留笼 1")
    await one.page.locator("[data-key=why-wrong_goods]").click()
    await one.page.locator("[data-key=sign]").click()
    await signs(one, "第一名关员签署")
    for badge, pin, why in (("B-zhang", PIN, "同一关员"), ("B-zhao", "11111111", "账号或口令不符")):
        await signs(one, "第二名关员签署", pin, badge)
        await one.page.locator("#sign-fault", has_text=why).wait_for()
        assert await one.page.locator("#sign-pin").input_value() == ""
    assert the_recheck(console).is_open
    await signs(one, "第二名关员签署", badge="B-zhao")
    await says(one, "scan")
    assert console.on.core.state.cartons[the_recheck(console).carton].custody == "扣留笼 1"
    await one.value("() => { location.hash = 'custody'; }")
    await one.page.locator(".kept li", has_text=A).locator("text=扣留笼 1").wait_for()


async def test_the_last_scan_is_named_where_it_is_taken_back(window: Opener, console: Console) -> None:
    one, told = await at_the_bench(window, console)
    await opens(one, told)
    await told.finds(FIVE[0], FIVE[0])
    await says(one, "differs")
    last = one.page.locator(".last", has_text=f"{NAMES[0]} · TRACE00000002")
    await last.wait_for()
    await last.locator("button").click()
    await says(one, "scan")
    await one.page.locator(".answer", has_text=f"已撤销: {NAMES[0]} · TRACE00000002").wait_for()
    await expect(one.page.locator("tr[data-key=g1] .found")).to_have_text("1")


async def test_party_and_witness_stand_on_it_and_a_second_officer_is_called(window: Opener, console: Console) -> None:
    one, told = await at_the_bench(window, console)
    await opens(one, told)
    await one.page.locator("[data-key=people]").click()
    await one.page.wait_for_timeout(450)
    await one.page.locator("[data-key=absent]").click()
    await one.page.wait_for_timeout(450)
    await one.page.locator("[data-key=save-party]").click()
    await one.page.locator(".pairs dd", has_text="径行开验").wait_for()
    await one.page.locator("[data-key=people]").click()
    await one.page.wait_for_timeout(450)
    await one.page.locator("[data-key=witness]").click()
    await signs(one, "见证人签名", badge="B-ban")
    await one.page.locator(".pairs dd", has_text="ban").wait_for()
    assert [stamped.actor for stamped in console.on.events(WitnessSigned)] == ["ban"]
    await one.page.locator("[data-key=second]").click()
    await one.page.wait_for_timeout(450)
    await one.page.locator("[data-key=call]").click()
    await one.page.locator(".called").wait_for()
    await one.value("() => { location.hash = 'custody'; }")
    await one.page.locator(".kept li", has_text="bench bench").wait_for()


async def test_a_scan_moves_into_custody_only_while_that_was_chosen_and_stock_is_taken_by_scan(
    window: Opener, console: Console
) -> None:
    one, told = await at_the_bench(window, console, A, B)
    await one.value("() => { location.hash = 'custody'; }")
    await one.page.locator("[data-key=move]").click()
    for text in ("CAGE-1", A, B):
        await told.scans(text)
    await one.page.locator(".kept li", has_text=B).wait_for()
    assert [carton.custody for carton in console.on.core.state.cartons.values()] == ["CAGE-1", "CAGE-1"]
    assert not console.on.core.state.rechecks, "no label opened anything meanwhile"
    await one.page.locator("[data-key=count]").click()
    await one.page.locator("[data-key='p-CAGE-1']").click()
    await told.scans(B)
    await one.page.locator(".counted li", has_text=B).wait_for()
    await one.page.locator("[data-key=done-counting]").click()
    await one.page.locator(".stock section[data-differs] dd", has_text=A).wait_for()


async def test_a_carton_that_is_kept_anew_is_not_taken_out_by_a_page_that_shows_the_custody_before(
    window: Opener, console: Console
) -> None:
    """The sheet stands open while a colleague takes it out and another one keeps it in the same place for another reason."""
    on = console.on
    one, told = await at_the_bench(window, console)
    told.feed(CustodyMoved(A, "扣留笼 1"), Role.OFFICER, "zhao")
    await told.tell()
    await one.value("() => { location.hash = 'custody'; }")
    await one.page.locator(".kept li", has_text=A).locator("button").click()
    await one.page.locator("#why-out").fill("查验完毕")
    await on.core.submit(CustodyEnded(A, "查验完毕"), actor="zhao", role=Role.OFFICER)
    await on.core.submit(CustodyMoved(A, "扣留笼 1"), actor="ke", role=Role.SECTION_CHIEF)
    await one.page.wait_for_timeout(600)
    await one.page.locator("[data-key=take-out]").click()
    await one.page.locator(".answer", has_text="此后又重新暂存, 现在 扣留笼 1").wait_for()
    assert on.core.state.cartons[f"EMS001/{A}"].custody == "扣留笼 1"
    await one.page.locator(".kept li", has_text=A).locator("button").click()
    await one.page.locator("#why-out").fill("查验完毕")
    await one.page.wait_for_timeout(500)
    await one.page.locator("[data-key=take-out]").click()
    await one.page.locator(".kept li", has_text=A).wait_for(state="detached")
    said = on.events(CustodyEnded)[-1]
    assert isinstance(said.event, CustodyEnded)
    assert (said.actor, len(said.event.shown)) == ("zhang", LETTERS)


async def test_an_opinion_on_a_text_that_another_has_taken_the_place_of_is_cleared(window: Opener, console: Console) -> None:
    """The other chief sends it back, and it comes anew: what was typed was about what is no more there."""
    on = console.on
    await closed_carton(console)
    key = on.core.state.cartons[f"EMS001/{A}"].recheck
    chief = await window()
    await chief.sign_in("ke", PASSWORD, "/bench#records")
    page = chief.page
    await page.locator(".row-button", has_text=A).click()
    await page.locator("#opinion").fill("同意")
    officer = await on.signed_in("zhang", "10.0.0.9")
    await on.core.submit(RecordReturned(key, "补拍唛头"), actor="he", role=Role.SECTION_CHIEF)
    form = {"recheck_id": key, "result": "match", "scope": "sampling", "notes": "另一段文字"}
    assert (await officer.act("record-draft", **form))[0] == 200
    assert (await officer.act("record-submit", **form))[0] == 200
    await page.locator(".answer", has_text="记录单已变, 意见已清空").wait_for()
    await expect(page.locator("#opinion")).to_have_value("")
    await expect(page.locator("[data-key=read]")).to_contain_text("另一段文字")
    await page.locator("[data-key=approve]").click()
    assert not on.events(RecordApproved)
    await page.locator("#opinion").fill("同意")
    await page.locator("[data-key=approve]").click()
    await page.locator(".row-button", has_text="已审批").wait_for()
    (said,) = on.events(RecordApproved)
    assert isinstance(said.event, RecordApproved)
    assert (said.actor, len(said.event.shown)) == ("ke", LETTERS)


async def test_a_record_on_paper_is_said_to_be_elsewhere_by_keyboard_and_a_colleague_s_draft_closes_an_old_page(
    window: Opener, console: Console
) -> None:
    """Nobody who was there has to write it here; what a colleague writes as the page stands open is not taken for paper."""
    on = console.on
    await closed_carton(console)
    key = on.core.state.cartons[f"EMS001/{B}"].recheck
    chief = await window()
    await chief.sign_in("ke", PASSWORD)
    await chief.go("/bench#records")
    page = chief.page
    await page.locator(".row-button", has_text=B).click()
    await page.locator("[data-key=elsewhere]").click()
    await page.locator("#elsewhere-where").fill("档案室")
    officer = await on.signed_in("zhang", "10.0.0.9")
    assert (await officer.act("record-draft", recheck_id=key, result="match", scope="sampling"))[0] == 200
    await page.locator(".answer", has_text="记录单已变, 未登记").wait_for()
    await expect(page.locator("#elsewhere-where")).to_have_count(0)
    assert not on.events(RecordFiledElsewhere)
    await page.locator("[data-key=elsewhere]").press("Space")
    await expect(page.locator("#elsewhere-where")).to_be_focused()
    await page.locator("[data-key=elsewhere-say]").press("Space")
    await expect(page.locator("#elsewhere-where")).to_be_focused()
    await page.keyboard.type("档案室 3 号柜", delay=80)
    await page.keyboard.press("Tab")
    await page.keyboard.type("本关用纸质记录单", delay=80)
    for key in ("Tab", "Tab", "Space"):
        await page.wait_for_timeout(80)
        await page.keyboard.press(key)
    await page.locator(".row-button", has_text="别处归档").wait_for()
    await page.locator("[data-key=elsewhere-is]", has_text="在别处归档: 档案室 3 号柜 (ke 登记)").wait_for()
    (said,) = on.events(RecordFiledElsewhere)
    assert isinstance(said.event, RecordFiledElsewhere)
    assert (said.actor, said.event.where, said.event.cause) == ("ke", "档案室 3 号柜", "本关用纸质记录单")
    assert len(said.event.shown) == LETTERS


async def test_a_record_is_written_by_the_inspector_and_approved_by_the_chief(window: Opener, console: Console) -> None:
    await closed_carton(console)
    officer, chief = await window(), await window()
    await officer.sign_in("zhang", PASSWORD, "/bench#records")
    await officer.page.locator(".row-button", has_text=B).click()
    await officer.page.locator("#record-notes").fill("完好")
    await officer.page.locator("[data-key=submit]").click()
    await officer.page.locator("#proof").or_(officer.page.locator(".row-button", has_text="待科长审批").nth(1)).first.wait_for()
    await chief.sign_in("ke", PASSWORD, "/bench#records")
    await chief.page.locator(".row-button", has_text=A).click()
    await chief.page.locator("#opinion").fill("同意")
    await chief.page.locator("[data-key=approve]").click()
    await chief.page.locator(".row-button", has_text="已审批").wait_for()
    (record,) = (one for one in console.on.core.state.inspection_records.values() if one.content is not None)
    assert record.content is not None
    assert record.content.approved_by == "ke"
    await until_told(console.on, RecordFiled, console.on.filing)
    await chief.page.locator("#paper-why").fill("an appeal")
    async with chief.page.expect_download() as paper:
        await chief.page.locator("[data-key=paper]").click()
    assert (await paper.value).suggested_filename.startswith("record-EMS001-")
    assert [(one.actor, one.event.reason) for one in console.on.events(Exported)] == [("ke", "an appeal")]  # type: ignore[union-attr]
    assert [one.actor for one in console.on.events(RecheckDecided)] == ["zhang", "zhang"]
