"""How soon a scan at the open-box bench is a row on its page: from the bytes on the wire to the frame that draws the row.

The scanner is its own driver on a TCP port of this machine; core, journal, console and page are the real ones, in one process.
"""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace
from playwright.async_api import Browser, Page

from controller.daemon.field_devices import scanner_task
from controller.settings.model import Scanner
from tests.browser.bench_story import FIVE, GOODS, A, BenchTold
from tests.browser.conftest import Console, free_place
from tests.browser.window import Window
from tests.console.bench import PASSWORD, bench

SETTLES_S = 0.3
CONNECTED_S = 1.0  # the driver drops what a reader kept from before
# Resolves in the frame after the row of this line counts as found.
ROW_DRAWN = """(key) => new Promise((done) => {
  const there = () => document.querySelector(`tr[data-key=${key}][data-state=match]`);
  const drawn = () => requestAnimationFrame(() => done(performance.timeOrigin + performance.now()));
  if (there()) return drawn();
  const observer = new MutationObserver(() => { if (there()) { observer.disconnect(); drawn(); } });
  observer.observe(document.querySelector("open-carton"), { subtree: true, childList: true, attributes: true });
})"""


@asynccontextmanager
async def wire(console: Console) -> AsyncIterator[asyncio.StreamWriter]:
    """The bench's scanner as its driver sees it: what is written here are the bytes that it sends."""
    connected: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()

    async def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not connected.done():
            connected.set_result(writer)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    core = console.on.core
    own: Scanner = next(one for one in console.on.settings.scanners if one.role.value == "bench")
    options = replace(own, port=f"socket://127.0.0.1:{port}")
    reading = asyncio.create_task(scanner_task(options, core._clock, lambda event: core.post(event, actor=options.name))())
    try:
        async with asyncio.timeout(20):
            writer = await connected
        await asyncio.sleep(CONNECTED_S)
        yield writer
    finally:
        reading.cancel()
        server.close()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await reading


async def items_ms(browser: Browser, cartons: int) -> list[float]:
    """Of so many cartons of five things each: the trace code's last byte written, to its row in a frame."""
    with tempfile.TemporaryDirectory() as home:
        async with bench(Path(home) / "console", free_place()) as on:
            console = Console(on)
            await console.open()
            context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
            try:
                told = BenchTold(on)
                await told.waits_for_the_bench(A, items=GOODS)
                window = await Window.open(context, on.place)
                await window.sign_in("zhang", PASSWORD)
                await window.go("/bench")
                await window.page.locator("open-carton .big").wait_for()
                async with wire(console) as scanner:
                    found = [await _carton(window.page, scanner, told, number) for number in range(cartons)]
            finally:
                await context.close()
                await console.shut()
    return [value for one in found for value in one]


async def _carton(page: Page, scanner: asyncio.StreamWriter, told: BenchTold, number: int) -> list[float]:
    """Opened by its label, five things, given up again."""
    scanner.write(f"{A}\r".encode())
    await page.locator(".pane.carton").wait_for()
    await told.takes_stills()
    found = []
    for gnum, product in enumerate(FIVE, 1):
        scanner.write(f"{product}\r".encode())
        await page.locator(".last[data-kind=code]").wait_for()
        drawn = asyncio.create_task(page.evaluate(ROW_DRAWN, f"g{gnum}"))
        await asyncio.sleep(SETTLES_S)
        written_s = time.time()
        scanner.write(f"T{number:04d}{gnum}\r".encode())
        await scanner.drain()
        found.append(float(await drawn) - written_s * 1000)
    by = await told._on.signed_in("zhang", "10.0.0.9")
    status, answer = await by.act("recheck-abandon", code=A, reason="measured")
    assert status == 200, answer
    await page.locator(".pane.idle").wait_for()
    await by.ask("DELETE", "/api/session")
    return found
