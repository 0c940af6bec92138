"""A page for half an hour at sixteen times the events of a line: how much its heap grows.

The console is the one of the tests, over a real core and journal; devices go down and come back, lanes fill and empty.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser, CDPSession

from controller.domain.reasons import Role
from controller.line.events import DeviceDown, DeviceUp
from tests.browser.conftest import Console, free_place
from tests.console.bench import PASSWORD, Bench, bench

# A line of 1,800 cartons an hour writes about 13 rows a second (156 cartons of the demo: 3,967 rows).
ROWS_S, TIMES = 13, 16
SETTLE_S = 60.0
TOLD_EVERY_S = 60.0
MIB = 1 << 20


async def heap_grown_mib(browser: Browser, minutes: float, say: Callable[[str], None]) -> tuple[float, int]:
    """(growth of the page's heap after its first minute, rows of the journal meanwhile)."""
    with TemporaryDirectory(prefix="xiyong-soak-") as folder:
        async with bench(Path(folder) / "console", free_place()) as on:
            console = Console(on)
            await console.open()
            feeding = asyncio.create_task(_feed(on))
            try:
                context = await browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
                page = await context.new_page()
                await page.goto(f"{on.place.origin}/?to=operator")
                await page.evaluate(
                    "([account, password]) => fetch('/api/session', {method: 'POST', body: JSON.stringify({account, password}),"
                    " headers: {'content-type': 'application/json'}})", ["li", PASSWORD]
                )  # fmt: skip
                await page.goto(f"{on.place.origin}/operator")
                await page.locator("html[data-link=live]").wait_for()
                devtools = await context.new_cdp_session(page)
                await asyncio.sleep(min(SETTLE_S, minutes * 20))
                first, began = await _heap_mib(devtools), on.core.journal_seq
                loop = asyncio.get_running_loop()
                until_s, next_s = loop.time() + minutes * 60, loop.time() + TOLD_EVERY_S
                while loop.time() < until_s:
                    await asyncio.sleep(1)
                    assert not feeding.done(), feeding
                    if loop.time() >= next_s:
                        next_s += TOLD_EVERY_S
                        say(f"  {(until_s - loop.time()) / 60:4.0f} min to go, heap {await _heap_mib(devtools) - first:+.1f} MiB")
                grown, rows = await _heap_mib(devtools) - first, on.core.journal_seq - began
                await context.close()
                return grown, rows
            finally:
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)
                await console.shut()


async def _feed(on: Bench) -> None:
    loop = asyncio.get_running_loop()
    began_s, number = loop.time(), 0
    devices = [*(one.name for one in on.settings.scanners), *(one.name for one in on.settings.cameras)]
    while True:
        due = int((loop.time() - began_s) * ROWS_S * TIMES)
        while number < due:
            device = devices[number // 2 % len(devices)]
            event = DeviceUp(device) if number % 2 else DeviceDown(device, "device_silent", "soak")
            on.core.post(event, actor="soak", role=Role.LINE)
            number += 1
        on.heard.clear()
        await asyncio.sleep(0.02)


async def _heap_mib(devtools: CDPSession) -> float:
    await devtools.send("HeapProfiler.collectGarbage")
    usage = await devtools.send("Runtime.getHeapUsage")
    return float(usage["usedSize"]) / MIB
