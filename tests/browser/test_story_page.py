"""One carton's story as people read it: searched, opened, proven, exported, printed; measured as the other screens are."""

import re
from pathlib import Path

import pytest

from controller.records.site_keys import load_key
from controller.records.verify_export import proven
from tests.browser.conftest import Console, Opener
from tests.browser.test_look import DESK, LARGE, at_a_desk, signed_in
from tests.browser.window import LOOKS
from tests.console.bench import PASSWORD
from tests.console.picture_bench import drawn, stored
from tests.console.story_bench import CARTON, A, B, a_day, told_at
from tests.line.xray_story import XrayStory

pytestmark = pytest.mark.browser
SHOWN = {"search": ".hint", "several": ".found", "story": "table.story", "none": ".none"}


def told(console: Console) -> XrayStory:
    on = console.on
    story = a_day(on.evidence, pictures=(stored(on, drawn(1)), stored(on, drawn(2))))
    told_at(on, story)
    return story


async def test_an_auditor_finds_opens_proves_and_exports_a_carton(window: Opener, console: Console, tmp_path: Path) -> None:
    on, story = console.on, told(console)
    one = await window()
    await one.sign_in("shen", PASSWORD)
    page = one.page
    await page.locator("#code").fill("渝A1")
    await page.locator("#code").press("Enter")
    await page.get_by_role("button", name=A).click()
    await page.locator("table.story tbody tr").first.wait_for()
    assert await page.locator("h1").inner_text() == CARTON
    verdict = page.locator("tr", has_text="判图结论")
    assert "Zhang" in await verdict.locator(".c-who").inner_text()
    picture = page.locator("button.file", has_text="X 光低能").first
    await picture.locator("canvas").wait_for()
    await picture.click()
    await page.locator(".sheet canvas.photo").wait_for()
    await page.wait_for_timeout(450)  # a sheet is dead at first
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="校验哈希链").click()
    await page.locator("p.said", has_text=f"第 1 至 {len(story.stamped)} 行").wait_for()
    await page.get_by_role("button", name="导出").click()
    await page.locator("p.fault.said", has_text="先写导出原因").wait_for()
    await page.locator("#export-why").fill("a claim of the trader")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="导出").click()
    await (await download.value).save_as(tmp_path / "e.zip")
    assert proven((tmp_path / "e.zip").read_bytes(), load_key(on.home / "told" / "site.key").public).carton == CARTON
    # On paper there is the story and nothing that only a screen can use.
    await page.emulate_media(media="print")
    assert not await page.locator("line-header, footer.controls, .search, .acts").filter(visible=True).count()
    assert await page.locator("table.story tbody tr").last.is_visible()


async def test_a_code_that_nobody_knows_says_so_and_the_address_is_the_search(window: Opener, console: Console) -> None:
    told(console)
    one = await window()
    await one.sign_in("ban", PASSWORD, "/story#NOBODY")
    await one.page.locator("main .none", has_text="没有与 NOBODY 对应的箱").wait_for()
    await one.go(f"/story#{B}")
    await one.page.locator("h1", has_text=B).wait_for()
    await one.page.go_back()
    await one.page.locator("main .none").wait_for()


@pytest.mark.parametrize(("language", "light"), LOOKS)
async def test_the_story_reads_in_both_languages_and_lights(window: Opener, console: Console, language: str, light: str) -> None:
    told(console)
    for size, account in ((DESK, "shen"), (LARGE, "ban")):
        one = await signed_in(window, size, language, light, account, "/story")
        for what, address in (("search", "/story"), ("several", "/story#L1"), ("story", f"/story#{A}"), ("none", "/story#X")):
            if what != "search":
                await one.go(address)
            await one.page.locator(SHOWN[what]).first.wait_for()
            await one.page.locator("html[data-link=live]").wait_for()
            if what == "story":
                await one.page.locator("summary").first.click()
            await at_a_desk(one, what, size)
        text = await one.page.locator("main").inner_text()
        assert not re.search("⟦|undefined|null", text)
