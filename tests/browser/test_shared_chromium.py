"""The browser and the driver that tests share: nothing of one test is there for the next, and what died is started again."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.browser.chromium import SharedChromium, SharedDriver
from tests.browser.conftest import Console, Opener
from tests.conftest import no_task_left

pytestmark = pytest.mark.browser


async def test_nothing_of_a_connection_outlives_it_and_a_browser_that_died_is_started_again(tmp_path: Path) -> None:
    one = SharedChromium(tmp_path)
    try:
        async with async_playwright() as playwright:
            first = await playwright.chromium.connect_over_cdp(one.endpoint())
            left_open = await (await first.new_context()).new_page()
            await left_open.goto("data:text/html,<title>of the first</title>")
            await first.close()
            at = one.endpoint()
            second = await playwright.chromium.connect_over_cdp(at)
            titles = [await page.title() for context in second.contexts for page in context.pages]
            assert "of the first" not in titles
            assert len(second.contexts) == 1
            assert one.process is not None
            one.process.kill()
            one.process.wait(10)
            assert one.endpoint() != at
            third = await playwright.chromium.connect_over_cdp(one.endpoint())
            page = await (await third.new_context()).new_page()
            assert await page.evaluate("1 + 1") == 2
    finally:
        one.end()


async def test_a_driver_that_died_or_a_browser_that_is_gone_costs_no_other_test(shared_chromium: SharedChromium) -> None:
    others = drivers()
    one = SharedDriver(shared_chromium)
    try:
        first = await one.browser()
        assert await one.browser() is first, "as long as it answers it is kept"
        (killed,) = drivers() - others
        os.kill(killed, signal.SIGKILL)
        second = await one.browser()
        assert drivers() - others - {killed}
        context = await second.new_context()
        assert await (await context.new_page()).evaluate("1 + 1") == 2
        await context.close()
        await one.closed(never())
        third = await one.browser()
        assert third is not second, "one that never said that something closed is not asked again"
    finally:
        await one.end()
    assert drivers() == others


async def never() -> None:
    raise TimeoutError


def drivers() -> set[int]:
    """Children of this process that are one."""
    me = os.getpid()
    children = Path(f"/proc/{me}/task/{me}/children").read_text().split()
    return {int(pid) for pid in children if b"run-driver" in Path(f"/proc/{pid}/cmdline").read_bytes()}


async def test_what_a_test_leaves_on_the_shared_loop_is_still_found(window: Opener, console: Console) -> None:
    with pytest.raises(AssertionError, match="left behind"):
        async with no_task_left():
            left = asyncio.create_task(asyncio.sleep(60), name="forgotten")
    await asyncio.gather(left, return_exceptions=True)
    one = await window()
    await one.go("/")
    async with no_task_left():
        await one.value("1 + 1")


async def test_a_page_that_leads_itself_elsewhere_is_read_where_it_arrives(window: Opener) -> None:
    one = await window()
    await one.go("/")
    said = one.value("""async () => {
      if (location.search) return 'arrived';
      location.replace('/ui/x/index.html?again');
      return await new Promise(() => {});
    }""")
    assert await said == "arrived"
    await one.page.evaluate("() => { document.body.append('⟦no.such.key⟧'); }")
    with pytest.raises(AssertionError, match=r"no\.such\.key"):
        await one.check()
    await one.page.close()


async def test_a_page_that_arrives_in_pieces_is_read_when_all_of_it_is_there(window: Opener) -> None:
    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<!doctype html><head>")
        if path == b"/late":
            writer.write(b"<title>late</title>" + b" " * 4096)
            await writer.drain()
            await asyncio.sleep(0.3)
            writer.write(b"<body>all of it")
        else:
            writer.write(b"<link rel=icon href=data:,>")
        writer.close()

    async with await asyncio.start_server(slowly, "127.0.0.1", 0) as server:
        one = await window()
        at = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await one.page.goto(at)
        said = await one.value(f"""async () => {{
          if (location.pathname === '/late') return document.body.innerText;
          location.replace('{at}/late');
          return await new Promise(() => {{}});
        }}""")
        assert said == "all of it"
        await one.page.close()
        one.faults.clear()  # of the requests to a server that is not the console's
