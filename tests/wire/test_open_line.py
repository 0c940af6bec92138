"""`xiyong demo --stay` as two processes: a console that opens with one click, cartons on the belt, an end by Ctrl-C."""

import asyncio
import signal
import sys
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.wire


async def test_it_stays_opens_its_console_and_is_judged_at_the_end(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "controller", "demo", "--officers", "none", "--rate", "4", "--keep", str(tmp_path / "run"),
        stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(150), httpx.AsyncClient(timeout=10) as page:
            origin = ""
            while not origin:
                line = (await process.stdout.readline()).decode()
                assert line, "it ended"
                origin = line.partition("控制台: ")[2].strip()
            carton = await _first_on_the_belt(page, origin)
            assert carton
            process.send_signal(signal.SIGINT)
            rest = (await process.stdout.read()).decode()
            assert await process.wait() == 0, rest
        assert "All invariants held." in rest
        assert (tmp_path / "run" / "data" / "journal" / "journal.sqlite").exists()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            await process.wait()


async def _first_on_the_belt(page: httpx.AsyncClient, origin: str) -> str:
    """Signed in as a made-up officer: the first carton that the line knows by its label."""
    while True:
        try:
            if (await page.post(f"{origin}/api/demo/session", json={"account": "zhang.wei"})).status_code == 200:
                break
        except httpx.TransportError:
            pass  # the daemon has not opened it yet
        await asyncio.sleep(0.5)
    while True:
        state = (await page.get(f"{origin}/api/state")).json()
        assert state["mode"] == "simulation"
        for one in state["values"]["belt"]["cartons"]:
            if one["carton"]:
                return str(one["carton"])
        await asyncio.sleep(0.3)
