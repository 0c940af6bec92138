"""What a whole line shows: from the moment the daemon hears of something to the frame that draws it, from a touch to the PLC.

The line is the one of `make demo ARGS=--stay`: daemon and simulators as two processes in real time.
"""

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page

from benchmarks.console.browser import made_up, opened
from controller.rehearsal.demo_processes import Processes
from controller.rehearsal.open_line import HOST, free_port
from controller.rehearsal.targeting_files import write_targeting

TABS = 6
STOP_WITHIN_S = 5.0
LOOK_EVERY_S = 0.002
# Words of a command record as the PLC has them: session, epoch, code, ...; code 3 is a stop (PLC contract, mailbox C).
STOP_CODE, CODE_AT = 3, 2

# Every event of the journal that a page hears of, in the frame that comes after it.
WATCH_FRAMES = """async () => {
  const { stream } = await import(new URL("core/stream.js", location.href).href);
  globalThis.frames_ms = [];
  stream.addEventListener("happened", (event) => {
    const born = Date.parse(event.detail.utc);
    requestAnimationFrame(() => globalThis.frames_ms.push(performance.timeOrigin + performance.now() - born));
  });
}"""
# A tab that loads pictures all the time, as an officer's does.
LOAD_PICTURES = """async () => {
  const { stream } = await import(new URL("core/stream.js", location.href).href);
  globalThis.loaded = 0;
  setInterval(async () => {
    for (const one of stream.state?.values.pictures?.list ?? []) {
      await fetch(`/api/pixels/${one.low}`, { cache: "no-store" }).then((answer) => answer.arrayBuffer()).catch(() => undefined);
      globalThis.loaded += 1;
    }
  }, 100);
}"""
TOUCH_TIME = """() => {
  const touched = (event) => { globalThis.touched_ms = performance.timeOrigin + event.timeStamp; };
  addEventListener("pointerdown", touched, { capture: true });
}"""


@asynccontextmanager
async def running_line(seed: int) -> AsyncIterator[tuple[str, Path]]:
    """(origin of the console, folder of the run)."""
    home = Path(tempfile.mkdtemp(prefix="xiyong-bench-")).resolve()
    (home / "data").mkdir()
    write_targeting(home / "data", f"bench {seed}", 1000)
    port, acts_port = free_port(0), free_port(0)
    more = (f"console.host={HOST}", f"console.port={port}", f"console.acts_port={acts_port}", "console.demo_people=true")
    processes = Processes(home, 1.0, more=more)
    try:
        await processes.start("--scenario", "open", "--seed", str(seed), "--pace", "2", "--no-officers")
        listening = asyncio.create_task(_listen(processes))
        try:
            yield f"http://{HOST}:{port}", home
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    finally:
        await processes.stop()
        shutil.rmtree(home, ignore_errors=True)


async def _listen(processes: Processes) -> None:
    while True:
        await processes.message()


async def frames_ms(browser: Browser, origin: str, watch_s: float) -> list[float]:
    """From the event's own time in the journal to the frame callback after it."""
    context = await made_up(browser, origin, "li.ming")
    page = await opened(context, origin, "/operator")
    await page.evaluate(WATCH_FRAMES)
    await asyncio.sleep(watch_s)
    found = await page.evaluate("globalThis.frames_ms")
    await context.close()
    return [float(value) for value in found]


async def stops_ms(browser: Browser, origin: str, home: Path, times: int) -> tuple[list[float], int]:
    """(from the touch on 停止 to the stop in the PLC's mailbox, pictures loaded meanwhile), with six tabs open."""
    officer = await made_up(browser, origin, "zhang.wei")
    desks = [await opened(officer, origin, "/officer") for _ in range(TABS - 1)]
    for desk in desks:
        await desk.evaluate(LOAD_PICTURES)
    page = await opened(officer, origin, "/operator")
    await page.evaluate(TOUCH_TIME)
    wire = (home / "wire.jsonl").open("rb")
    found: list[float] = []
    try:
        for _ in range(times):
            await _running(page)
            wire.seek(0, 2)
            await page.locator("stop-button button").click()
            written_s = await _stop_on_the_wire(wire)
            touched_ms = float(await page.evaluate("globalThis.touched_ms"))
            if written_s:
                found.append(written_s * 1000 - touched_ms)
        loaded = sum([int(await desk.evaluate("globalThis.loaded")) for desk in desks])
    finally:
        wire.close()
        await officer.close()
    return found, loaded


async def _stop_on_the_wire(wire: object) -> float:
    """When the PLC's simulator had a stop in its mailbox; 0 when none came."""
    until_s = time.monotonic() + STOP_WITHIN_S
    while time.monotonic() < until_s:
        for line in wire.readlines():  # type: ignore[attr-defined]
            fact = json.loads(line)
            if fact["fact"] == "written" and fact["record"] == "command" and fact["words"][CODE_AT] == STOP_CODE:
                return time.time()
        await asyncio.sleep(LOOK_EVERY_S)
    return 0.0


async def _running(page: Page) -> None:
    """Start it again and wait until it says that it runs."""
    start = """async () => {
      const { act } = await import(new URL("core/acts.js", location.href).href);
      const { stream } = await import(new URL("core/stream.js", location.href).href);
      for (let tries = 0; tries < 60; tries += 1) {
        if (stream.state?.values.belt?.running) return true;
        if (tries % 8 === 0) await act("line-start", {});
        await new Promise((done) => setTimeout(done, 250));
      }
      return false;
    }"""
    if not await page.evaluate(start):
        raise RuntimeError("the belt does not run: see what the page says against a start")
