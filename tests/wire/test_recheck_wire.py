"""The open-box bench on its wires: scanner unplugged and mute, camera cut, stalled, frozen. What is absent releases nothing."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from simulators.scanner.line_reader import LineReaderSim
from tests.line.line_story import s10
from tests.line.recheck_story import CUP, ITEMS, LAMP, SEAL_NO
from tests.wire.line_bench import INDUCT_ZONE, DaemonProcess, LineBench, line_bench
from tests.wire.told import Told

pytestmark = [pytest.mark.wire, pytest.mark.fast_clock]

A = s10(10000001)
THINGS = (CUP, "TRACE1", LAMP, "TRACE2", CUP, "TRACE3")


async def officer(daemon: DaemonProcess, act: str, who: str = "zhou", **more: object) -> str:
    """The code of the refusal, or nothing."""
    answer = await daemon.ask(act=act, actor=who, role="officer", code=A, **more)
    assert answer["ok"] or (answer["cause"] and answer["next_step"])
    return "" if answer["ok"] else str(answer["code"])


async def says_release(daemon: DaemonProcess) -> str:
    return await officer(daemon, "recheck-decide", outcome="released", way="belt", cause="as declared")


async def traces(daemon: DaemonProcess) -> list[str]:
    found: list[str] = (await daemon.ask(ask="bench"))["benches"]["bench"]["traces"]
    return found


async def scanned(bench: LineBench, daemon: DaemonProcess, *texts: str) -> None:
    """Hold each before the scanner until the bench has it; a pair at a time."""
    for product, trace in zip(texts[::2], texts[1::2], strict=True):
        bench.bench.show((product,))
        await asyncio.sleep(0.4)
        bench.bench.show((trace,))
        await bench.until(partial(has, daemon, trace), 10)


async def has(daemon: DaemonProcess, trace: str) -> bool:
    return trace in await traces(daemon)


async def test_two_officers_release_nothing_that_scanner_or_camera_did_not_show(tmp_path: Path) -> None:
    async with line_bench(tmp_path) as bench:
        daemon = bench.daemon()
        # Its two labels come as two frames at once, which a Keyence can not do.
        bench.readers[INDUCT_ZONE] = LineReaderSim(bench.ports["induct"])
        daemon.settings["scanners.induct.profile"] = "line"
        told = Told(daemon)
        camera = bench.bench_camera
        await daemon.start()
        await bench.running(daemon)
        await bench.papers(daemon, A, items=ITEMS)
        await bench.until(daemon.down_is, 10)

        bench.ports["bench"].unplug()
        await bench.until(lambda: daemon.down_is("bench"), 10)
        assert not await officer(daemon, "recheck-open")
        bench.bench.show((CUP,))
        await asyncio.sleep(1)
        assert await says_release(daemon) == "recheck_differs"
        await bench.ports["bench"].plug()
        await bench.until(daemon.down_is, 10)
        bench.bench.silent = True
        for text in THINGS:
            bench.bench.show((text,))
        await asyncio.sleep(1)
        assert await says_release(daemon) == "recheck_differs"
        assert await traces(daemon) == []
        bench.bench.silent = False
        await scanned(bench, daemon, *THINGS)
        assert await says_release(daemon) == "new_seal_missing"

        for trouble, code in (("cut", "stream_ended"), ("stalled", "stalled"), ("frozen", "frozen")):
            setattr(camera, trouble, True)
            await bench.until(lambda: daemon.down_is("bench-camera"), 10)
            failed = told.events("StillNotTaken")
            act = {"act": "recheck-seal", "seal_no": SEAL_NO} if trouble == "cut" else {"act": "recheck-still"}
            assert not await officer(daemon, **act)
            await bench.until(partial(told.more_than, "StillNotTaken", failed), 20)
            assert await says_release(daemon) == "recheck_no_still"
            await bench.until(partial(told.called_down, "bench-camera", code), 10)
            camera.heal()
            await bench.until(daemon.down_is, 10)

        taken = told.events("StillTaken")
        assert not await officer(daemon, "recheck-still")
        await bench.until(lambda: told.more_than("StillTaken", taken), 10)
        assert not await says_release(daemon), daemon.log()
        assert not await officer(daemon, "recheck-confirm", "wu", outcome="released")
        await bench.flows(1, A, SEAL_NO)
