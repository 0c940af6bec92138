"""The scaled loop against the wall clock and real sockets."""

from __future__ import annotations

import asyncio
import time

import pytest

from simulators.world.loop import ScaledLoop

pytestmark = pytest.mark.wire


def test_four_seconds_of_line_pass_in_one_of_the_wall_and_sockets_work() -> None:
    async def line() -> tuple[float, float, bytes]:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(0.2)
            writer.write(await reader.readexactly(4))
            writer.close()
            await writer.wait_closed()

        loop = asyncio.get_running_loop()
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"ping")
        async with asyncio.timeout(2):
            answer = await reader.readexactly(4)
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        before_s, wall_before_s = loop.time(), time.monotonic()
        await asyncio.sleep(0.4)
        return loop.time() - before_s, time.monotonic() - wall_before_s, answer

    with asyncio.Runner(loop_factory=lambda: ScaledLoop(4)) as runner:
        slept_s, wall_s, answer = runner.run(line())
    assert answer == b"ping"
    assert slept_s >= 0.4
    assert slept_s == pytest.approx(4 * wall_s, rel=0.05)
    assert 0.09 < wall_s < 0.35, "a tenth of a second, and room for a busy machine"


def test_a_time_out_scales_too() -> None:
    async def wait() -> None:
        async with asyncio.timeout(1):
            await asyncio.Event().wait()

    started_s = time.monotonic()
    with asyncio.Runner(loop_factory=lambda: ScaledLoop(10)) as runner, pytest.raises(TimeoutError):
        runner.run(wait())
    assert 0.08 < time.monotonic() - started_s < 0.9


@pytest.mark.parametrize("rate", [0, -1, 1000])
def test_a_rate_that_makes_no_sense_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        ScaledLoop(rate)
