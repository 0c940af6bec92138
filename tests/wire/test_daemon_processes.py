"""The daemon as a process on real wires: sorts, explains, proves, refuses a second one, and comes back by itself."""

import asyncio
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.line.line_story import s10
from tests.wire.line_bench import INSPECT, RELEASE, DaemonProcess, line_bench

pytestmark = [pytest.mark.wire, pytest.mark.fast_clock]

A, B, C = s10(10000001), s10(10000002), s10(10000003)


async def xiyong(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "controller", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def ask_json(daemon: DaemonProcess, *arguments: str) -> dict[str, Any]:
    _, out = await xiyong(*arguments, "--data", str(daemon.home), "--json")
    answer: dict[str, Any] = json.loads(out)
    return answer


async def test_cartons_are_sorted_and_the_journal_tells_why(tmp_path: Path) -> None:
    async with line_bench(tmp_path) as bench:
        daemon = bench.daemon()
        await daemon.start()
        await bench.running(daemon)
        await bench.papers(daemon, A)
        bench.place(1, A)
        await asyncio.sleep(2)
        bench.place(2, B)
        await bench.emptied()
        assert bench.lanes() == {1: RELEASE, 2: 2}, daemon.log()
        assert await daemon.stop() == 0
        code, text = await xiyong("why", A, "--data", str(daemon.home))
        assert code == 0
        assert "took release" in text
        assert len(text.splitlines()) < 30
        assert "not_declared" in (await ask_json(daemon, "why", B))["answers"][0]["headline"]
        assert (await ask_json(daemon, "lanes"))["places"]["release"] == [A]
        proof = await ask_json(daemon, "verify")
        assert proof["ok"]
        assert proof["replayed"] == proof["rows"]
        story = (await ask_json(daemon, "carton", A))["rows"]
        assert any("confirmed on lane release" in text for row in story for text in row["texts"])
        seen = (await ask_json(daemon, "carton", A, "--customs"))["rows"]
        files = {file["name"]: Path(file["path"]).read_bytes()[:4] for row in seen for file in row["evidence"]}
        assert {begin for name, begin in files.items() if name.startswith("X-ray ")} == {b"\x89PNG"}, files.keys()
        assert len([name for name in files if name.startswith("X-ray ")]) == 2


async def test_a_second_daemon_on_the_same_plc_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    async with line_bench(tmp_path) as bench:
        first, second = bench.daemon("first"), bench.daemon("second")
        second.config = Path(shutil.copytree(first.config.parent, tmp_path / "another-line")) / first.config.name
        await first.start()
        await bench.running(first)
        await bench.papers(first, A)
        await second.start()
        await bench.until(lambda: "other_host" in second.log(), 120)  # it has tried, however late a busy machine lets it
        await bench.flows(1, A)
        assert not (await second.ask(ask="status"))["ready"]
        assert (await first.ask(ask="status"))["ready"]


async def test_of_two_daemons_that_start_at_once_one_rules_and_the_other_says_why_not(tmp_path: Path) -> None:
    async with line_bench(tmp_path) as bench:
        both = [bench.daemon("first"), bench.daemon("second")]
        await asyncio.gather(*(daemon.start() for daemon in both))

        # Either may be ready for a moment before the conflict is settled: what counts is how it ends.
        rules: list[DaemonProcess] = []

        async def settled() -> bool:
            rules[:] = [daemon for daemon in both if await daemon.ready()]
            return len(rules) == 1 and all("other_host" in daemon.log() for daemon in both if daemon not in rules)

        await bench.until(settled, 120)
        (ruling,) = rules
        (other,) = (daemon for daemon in both if daemon is not ruling)
        assert not await other.ready()
        await other.stop()  # a serial line has one owner, and that may be the one that does not rule
        await bench.running(ruling)
        await bench.papers(ruling, A)
        bench.place(1, A)
        await bench.emptied()
        assert bench.lanes() == {1: RELEASE}, ruling.log()


async def test_a_second_daemon_on_the_same_journal_is_refused(tmp_path: Path) -> None:
    async with line_bench(tmp_path) as bench:
        first = bench.daemon()
        await first.start()
        await bench.until(first.ready, 30)
        again = bench.daemon()
        await again.start()
        assert await again.ends() == 2
        assert first.process is not None
        assert str(first.process.pid) in again.log()
        assert await first.ready()


async def test_a_killed_daemon_comes_back_with_the_same_state_and_releases_again(tmp_path: Path) -> None:
    async with line_bench(tmp_path) as bench:
        daemon = bench.daemon()
        await daemon.start()
        await bench.running(daemon)
        await bench.papers(daemon, A, B)
        bench.place(1, A)
        await bench.carton_at(1, 3000)
        await daemon.kill()
        await bench.emptied()
        assert bench.lanes() == {1: INSPECT}
        await daemon.start()
        await bench.until(daemon.ready, 30)
        bench.place(2, B)
        await bench.emptied()
        assert bench.lanes() == {1: INSPECT, 2: RELEASE}, daemon.log()


async def test_every_wire_may_go_and_comes_back_by_itself(tmp_path: Path) -> None:
    async with line_bench(tmp_path) as bench:
        daemon = bench.daemon()
        await daemon.start()
        await bench.running(daemon)
        numbers = [s10(10000010 + n) for n in range(5)]
        await bench.papers(daemon, *numbers)
        assert bench.sim.server is not None
        for place, number in enumerate(numbers[:4]):
            bench.place(place, number)
            await bench.carton_at(place, 300)
            match place:
                case 0:
                    bench.ports["induct"].unplug()
                case 1:
                    bench.ports["scale"].unplug()
                case 2:
                    bench.ports["verify"].unplug()
                case _:
                    bench.sim.server.faults.half_open = True
            await bench.emptied()
            for port in bench.ports.values():
                if not port.plugged:
                    await port.plug()
            bench.sim.server.faults.half_open = False
            await bench.until(daemon.ready, 30)
            await bench.until(lambda: no_device_down(daemon), 10)
        assert bench.lanes() == dict.fromkeys(range(4), INSPECT), daemon.log()
        bench.place(4, numbers[4])
        await bench.emptied()
        assert bench.lanes()[4] == RELEASE, daemon.log()


async def no_device_down(daemon: DaemonProcess) -> bool:
    return (await daemon.ask(ask="status")).get("devices_down") == []


async def test_acts_are_refused_with_a_code_a_cause_and_a_next_step(tmp_path: Path) -> None:
    async with line_bench(tmp_path) as bench:
        daemon = bench.daemon()
        await daemon.start()
        await bench.until(daemon.ready, 30)
        for request in (
            {"act": "lift", "hold_id": "H1", "cause": "x", "actor": "li", "role": "officer"},
            {"act": "hold", "target": "nothing", "cause": "x", "actor": "li", "role": "officer"},
            {"act": "hold", "target": "nothing", "actor": "li", "role": "officer"},
            {"act": "fly", "actor": "li", "role": "officer"},
            {"act": "unload", "load_id": "L1", "actor": "li", "role": "boss"},
            {"act": "unload", "load_id": "L1", "actor": "", "role": "operator"},
            {"ask": "money"},
        ):
            answer = await daemon.ask(**request)
            assert answer["ok"] is False
            assert answer["code"]
            assert answer["cause"]
            assert answer["next_step"]
        assert await daemon.ready()
