"""The X-ray machine's folder under a daemon: gone, closed, hanging, the machine silent. No image, no release; back by itself."""

from functools import partial
from pathlib import Path

import pytest

from tests.line.line_story import s10
from tests.wire.closed_doors import WITHOUT_POWERS, hanging
from tests.wire.line_bench import INSPECT, line_bench
from tests.wire.told import Told

pytestmark = [pytest.mark.wire, pytest.mark.fast_clock]

NUMBERS = tuple(s10(10000010 + n) for n in range(6))


async def test_no_image_no_release_whatever_is_the_matter_with_the_folder_and_it_comes_back(tmp_path: Path) -> None:
    async with line_bench(tmp_path) as bench:
        daemon = bench.daemon()
        told = Told(daemon)
        folder = bench.xray.folder
        away = tmp_path / "share-that-is-not-mounted"
        await daemon.start(*WITHOUT_POWERS)
        await bench.running(daemon)
        await bench.papers(daemon, *NUMBERS)
        await bench.flows(0, NUMBERS[0])

        async def no_image(number: int, code: str) -> None:
            await bench.until(lambda: daemon.down_is("xray"), 10)
            await bench.until(partial(told.called_down, "xray", code), 10)
            assert await bench.passes(number, NUMBERS[number]) == INSPECT
            assert "image_missing" in told.against(NUMBERS[number])

        bench.xray.works = False  # nothing reaches a folder that is not there
        folder.rename(away)
        await no_image(1, "folder_unreadable")
        away.rename(folder)
        await bench.until(daemon.down_is, 10)

        folder.chmod(0)
        await no_image(2, "folder_unreadable")
        folder.chmod(0o755)
        bench.xray.works = True
        await bench.until(daemon.down_is, 10)

        with hanging(folder / "00000000.json", b"half written"):
            await no_image(3, "folder_hangs")
        await bench.until(daemon.down_is, 10)
        await bench.until(lambda: told.events("ImageTaken") == 2, 10)  # the image that hung with it, too late for its carton
        assert told.alarms("image_unbound")

        bench.xray.works = False  # the folder is there, and nothing comes
        assert await bench.passes(4, NUMBERS[4]) == INSPECT
        assert "image_missing" in told.against(NUMBERS[4])
        bench.xray.works = True
        await bench.flows(5, NUMBERS[5])
