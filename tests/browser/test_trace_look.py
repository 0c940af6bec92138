"""The public page in a phone's browser without script: it reads, fits, has contrast, and its forms work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ViewportSize

from controller.settings.public import Trace
from controller.trace.serving import _Server, bind, config_of
from tests.trace.test_trace_page import ITEMS
from tests.trace.trace_bench import CODE, Site, released_day

pytestmark = pytest.mark.browser
PHONE: ViewportSize = {"width": 360, "height": 740}


@asynccontextmanager
async def served(home: Path) -> AsyncIterator[str]:
    """The page on a real port of this machine."""
    site = Site(home, released_day(items=ITEMS), clock=asyncio.get_running_loop().time)
    sock = bind(Trace(host="127.0.0.1", port=0))
    server = _Server(config_of(site.page, Trace(host="127.0.0.1")))
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        sock.close()
        site.close()


async def test_it_reads_on_a_phone_without_script_and_its_forms_work(chromium: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as address:
        context = await chromium.new_context(viewport=PHONE, java_script_enabled=False)
        page = await context.new_page()
        await page.goto(address)
        await page.locator("#code").fill(CODE.lower())
        await page.get_by_role("button", name="查询").click()
        await page.get_by_text("已通关").wait_for()
        await page.locator("#barcode").fill("6901234567892")
        await page.get_by_role("button", name="核对").click()
        await page.get_by_text("相符: 条码 6901234567892").wait_for()
        await page.get_by_role("link", name="English").click()
        await page.get_by_text("They agree: barcode 6901234567892").wait_for()
        await context.close()


@pytest.mark.parametrize("query", ["", f"code={CODE}&barcode=6901234567892", "code=0000000000000000", "code=x&lang=en"])
async def test_nothing_is_clipped_and_axe_finds_nothing(chromium: Browser, tmp_path: Path, query: str) -> None:
    async with served(tmp_path) as address:
        context = await chromium.new_context(viewport=PHONE)
        page = await context.new_page()
        await page.goto(f"{address}/?{query}")
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide
        small = await page.evaluate(
            "[...document.querySelectorAll('header a, button, input:not([type=hidden])')].map((el) => el.getBoundingClientRect())"
            ".filter((box) => box.height < 44 || box.width < 44).length"
        )
        assert small == 0
        found = (await Axe().run(page)).response["violations"]
        assert not [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")], found
        await context.close()
