"""How soon the public trace page is painted on a slow phone line, and what it weighs: `make bench-trace`.

Chromium emulates the line: 400 kbit/s with a round trip of 400 ms (WebPageTest's "3G Slow"), and DevTools' own preset of that
name (400 kbit/s, 2,000 ms before each answer). The page is the shipped one over records of a day, on loopback; each run has a
browser context of its own, so that nothing is kept.

    python -m benchmarks.trace_page [--runs 8]
"""

import argparse
import asyncio
import platform
import statistics
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.browser.test_trace_look import served
from tests.browser.window import ARGUMENTS, CHROMIUM
from tests.trace.trace_bench import CODE

LINES = {"slow 3G, 400 kbit/s, 400 ms": (50_000, 400), "DevTools slow 3G, 400 kbit/s, 2000 ms": (50_000, 2000)}
PAINT = "performance.getEntriesByType('paint').find((one) => one.name === 'first-contentful-paint')?.startTime ?? -1"


async def painted_ms(browser: Browser, address: str, line: tuple[int, int]) -> float:
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    bytes_s, latency_ms = line
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": latency_ms, "downloadThroughput": bytes_s, "uploadThroughput": bytes_s,
    })  # fmt: skip
    await page.goto(address)
    await page.wait_for_timeout(100)
    assert await page.get_by_text("已通关").is_visible(), "throttled: fewer runs"
    found = float(await page.evaluate(PAINT))
    await context.close()
    return found


async def run(runs: int) -> None:
    print(f"{platform.machine()}, {platform.system()} {platform.release()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as home:
        async with served(Path(home)) as address, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            page = await browser.new_page()
            answer = await page.goto(f"{address}/?code={CODE}")
            assert answer is not None
            print(f"Chromium {browser.version}; the page of a released carton: {len(await answer.body())} bytes, one request")
            await page.close()
            for name, line in LINES.items():
                took = [await painted_ms(browser, f"{address}/?code={CODE}", line) for _ in range(runs)]
                print(
                    f"{name}: first contentful paint median {statistics.median(took):.0f} ms, worst {max(took):.0f} ms of {runs}"
                )
            await browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="The public page on a slow phone line.")
    parser.add_argument("--runs", type=int, default=8)
    asyncio.run(run(parser.parse_args().runs))


if __name__ == "__main__":
    main()
