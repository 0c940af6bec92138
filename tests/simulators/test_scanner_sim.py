"""What the reader simulators put on the wire: exact bytes, and each fault alone, counted and repeatable."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import msgspec
import pytest

from simulators.scanner.dataman import DataManSim
from simulators.scanner.faults import Fault
from simulators.scanner.frames import (
    CHECKED,
    PLAIN_CR,
    PLAIN_CRLF,
    SILENT_NO_READ,
    WITH_AIM,
    WITH_HEARTBEAT,
    ReaderProfile,
)
from simulators.scanner.keyence import KeyenceProfile, KeyenceSim
from simulators.scanner.line_reader import LineReaderSim
from simulators.world.loop import VirtualLoop
from simulators.world.memory_port import MemoryPort

T = TypeVar("T")
Chunks = list[bytes]


def play(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


def on_the_wire(
    script: Callable[[LineReaderSim], Coroutine[Any, Any, None]],
    profile: ReaderProfile = PLAIN_CR,
    seed: int = 1,
) -> tuple[Chunks, LineReaderSim]:
    """Every chunk that the host saw while the script ran and for a second after it."""

    async def main() -> tuple[Chunks, LineReaderSim]:
        port = MemoryPort("scanner")
        sim = LineReaderSim(port, profile, random.Random(seed))
        await port.plug()
        reader, writer = await port.open()
        sim.start()
        chunks: Chunks = []
        listener = asyncio.create_task(_collect(reader, chunks))
        await script(sim)
        await asyncio.sleep(1)
        writer.close()
        await listener
        await sim.close()
        return chunks, sim

    return play(main)


async def _collect(reader: asyncio.StreamReader, chunks: Chunks) -> None:
    while data := await reader.read(10_000):
        chunks.append(data)


def showing(
    *cartons: tuple[str, ...], plan: Callable[[LineReaderSim], None] | None = None
) -> Callable[[LineReaderSim], Coroutine[Any, Any, None]]:
    """Cartons two seconds apart; an empty tuple is a carton that could not be read."""

    async def script(sim: LineReaderSim) -> None:
        if plan is not None:
            plan(sim)
        for codes in cartons:
            sim.show(codes)
            await asyncio.sleep(2)

    return script


@pytest.mark.parametrize(
    ("profile", "codes", "wire"),
    [
        (PLAIN_CR, ("JD001",), b"JD001\r"),
        (PLAIN_CRLF, ("JD001", "JD002"), b"JD001,JD002\r\n"),
        (CHECKED, ("AB",), b"\x02AB03\x03\r\n"),  # 'A' ^ 'B' = 03
        (WITH_AIM, ("JD001",), b"]C1JD001\r"),
        (PLAIN_CR, (), b"NoRead\r"),
        (ReaderProfile(separator=b";", suffix=b"\n"), ("1", "2"), b"1;2\n"),
    ],
)
def test_a_profile_gives_exactly_these_bytes(profile: ReaderProfile, codes: tuple[str, ...], wire: bytes) -> None:
    chunks, _ = on_the_wire(showing(codes), profile)
    assert chunks == [wire]


def test_a_profile_without_a_no_read_text_says_nothing() -> None:
    assert on_the_wire(showing((), ("A",)), SILENT_NO_READ)[0] == [b"A\r"]


def test_heartbeats_come_between_reads() -> None:
    chunks, _ = on_the_wire(showing(("A",), ("B",)), WITH_HEARTBEAT)
    lines = b"".join(chunks).split(b"\r")
    assert lines.count(b"#HB") >= 3
    assert [line for line in lines if line not in (b"#HB", b"")] == [b"A", b"B"]


def once(fault: Fault) -> Callable[[LineReaderSim], None]:
    return lambda sim: sim.faults.once(fault)


def test_a_dropped_frame_never_comes() -> None:
    chunks, sim = on_the_wire(showing(("A",), ("B",), plan=once(Fault.DROP)))
    assert chunks == [b"B\r"]
    assert sim.faults.counts == {Fault.DROP: 1}


def test_each_third_frame_can_be_dropped() -> None:
    chunks, _ = on_the_wire(showing(*[(str(n),) for n in range(6)], plan=lambda sim: sim.faults.every.update({Fault.DROP: 3})))
    assert chunks == [b"0\r", b"1\r", b"3\r", b"4\r"]


def test_a_duplicated_frame_comes_twice() -> None:
    chunks, _ = on_the_wire(showing(("A",), plan=once(Fault.DUPLICATE)))
    assert b"".join(chunks) == b"A\rA\r"


def test_a_late_read_comes_in_the_window_of_the_next_carton_before_its_own_read() -> None:
    async def script(sim: LineReaderSim) -> None:
        sim.faults.once(Fault.LATE)
        sim.show(("A",))
        await asyncio.sleep(2)
        sim.show(("B",))

    chunks, _ = on_the_wire(script)
    assert b"".join(chunks) == b"A\rB\r"
    assert len(chunks[0]) >= 2, "nothing may come in the window of A itself"


@pytest.mark.parametrize("make", [LineReaderSim, KeyenceSim, DataManSim])
def test_what_is_late_comes_when_the_fault_is_healed_and_no_later_carton_meets_it(make: type[LineReaderSim]) -> None:
    async def main() -> list[bytes]:
        port = MemoryPort("scanner")
        sim = make(port)
        await port.plug()
        reader, writer = await port.open()
        heard: Chunks = []
        listener = asyncio.create_task(_collect(reader, heard))
        came = []

        async def carton(code: str) -> None:
            if isinstance(sim, KeyenceSim | DataManSim):
                sim.triggered = True
            sim.show((code,))
            await asyncio.sleep(2)
            came.append(b"".join(heard))
            heard.clear()

        sim.faults.once(Fault.LATE, 3)
        await carton("A")
        await carton("B")
        sim.heal()
        await asyncio.sleep(2)
        came.append(b"".join(heard))
        heard.clear()
        await carton("C")
        writer.close()
        await listener
        await sim.close()
        return [one.replace(b"\n", b"") for one in came]

    assert play(main) == [b"", b"A\r", b"B\r", b"C\r"]


def test_a_flipped_bit_changes_exactly_one_bit() -> None:
    chunks, _ = on_the_wire(showing(("ABCDEFG",), plan=once(Fault.FLIP_BIT)))
    wire = b"".join(chunks)
    changed = [a ^ b for a, b in zip(wire, b"ABCDEFG\r", strict=True)]
    assert sum(x.bit_count() for x in changed) == 1


def test_a_lost_byte_is_missing() -> None:
    chunks, _ = on_the_wire(showing(("ABCDEFG",), plan=once(Fault.LOSE_BYTE)))
    assert len(b"".join(chunks)) == 7


def test_joined_frames_arrive_in_one_piece() -> None:
    async def script(sim: LineReaderSim) -> None:
        sim.faults.once(Fault.JOIN)
        sim.show(("A",))
        await asyncio.sleep(0.01)
        sim.show(("B",))

    assert on_the_wire(script)[0] == [b"A\rB\r"]


def test_a_frame_held_for_joining_leaves_when_nothing_follows() -> None:
    assert on_the_wire(showing(("A",), plan=once(Fault.JOIN)))[0] == [b"A\r"]


def test_a_split_frame_arrives_in_pieces_and_whole_and_nothing_overtakes_it() -> None:
    async def script(sim: LineReaderSim) -> None:
        sim.faults.once(Fault.SPLIT)
        sim.show(("ABCDEFGH",))
        sim.show(("XYZ",))

    chunks, _ = on_the_wire(script)
    assert len(chunks) >= 2
    assert b"".join(chunks) == b"ABCDEFGH\rXYZ\r"


def test_garbage_comes_before_the_frame() -> None:
    chunks, sim = on_the_wire(showing(("A",), plan=once(Fault.GARBAGE)))
    wire = b"".join(chunks)
    assert wire.endswith(b"A\r")
    assert 3 <= len(wire) <= 26
    assert sim.faults.counts[Fault.GARBAGE] == 1


def test_a_stuck_reader_repeats_its_last_frame_whatever_passes() -> None:
    async def script(sim: LineReaderSim) -> None:
        sim.show(("A",))
        sim.stick(every_ms=500)
        await asyncio.sleep(1.2)
        sim.show(("B",))
        sim.unstick()
        sim.show(("C",))

    chunks, sim = on_the_wire(script)
    assert b"".join(chunks) == b"A\rA\rA\rC\r"
    assert sim.stuck_repeats == 2


def test_a_silent_reader_says_nothing_not_even_heartbeats_and_comes_back() -> None:
    async def script(sim: LineReaderSim) -> None:
        sim.silent = True
        sim.show(("A",))
        await asyncio.sleep(3.5)
        sim.silent = False
        sim.show(("B",))

    chunks, _ = on_the_wire(script, WITH_HEARTBEAT)
    assert chunks[0] == b"B\r"


def test_the_same_seed_gives_the_same_bytes_and_each_fault_has_its_own_stream() -> None:
    cartons = [(f"CODE{n:04}",) for n in range(200)]

    def rates(**of: float) -> Callable[[LineReaderSim], None]:
        return lambda sim: sim.faults.rates.update({Fault(name): rate for name, rate in of.items()})

    def run(seed: int, **of: float) -> tuple[bytes, Any]:
        chunks, sim = on_the_wire(showing(*cartons, plan=rates(**of)), seed=seed)
        return b"".join(chunks), sim.faults.counts

    both, counts = run(5, drop=0.2, flip_bit=0.2)
    assert (both, counts) == run(5, drop=0.2, flip_bit=0.2)
    assert both != run(6, drop=0.2, flip_bit=0.2)[0]
    _, alone = run(5, drop=0.2)
    assert alone[Fault.DROP] == counts[Fault.DROP] > 10, "switching on another fault shifts nothing"


def test_a_frame_to_a_port_that_is_unplugged_is_lost_and_counted() -> None:
    async def script(sim: LineReaderSim) -> None:
        sim.port.unplug()
        sim.show(("A",))

    _, sim = on_the_wire_until_lost(script)
    assert sim.port.lost_messages == 1


def on_the_wire_until_lost(
    script: Callable[[LineReaderSim], Coroutine[Any, Any, None]],
) -> tuple[None, LineReaderSim]:
    async def main() -> tuple[None, LineReaderSim]:
        port = MemoryPort("scanner")
        sim = LineReaderSim(port)
        await port.plug()
        reader, writer = await port.open()
        await script(sim)
        with pytest.raises(OSError, match="unplugged"):
            await reader.read(1)
        writer.close()
        with pytest.raises(FileNotFoundError):
            await port.open()
        await port.plug()
        _, again = await port.open()
        with pytest.raises(OSError, match="already open"):
            await port.open()
        again.close()
        await sim.close()
        return None, sim

    return play(main)


# Keyence SR


def keyence(
    script: Callable[[KeyenceSim, asyncio.StreamWriter], Coroutine[Any, Any, None]],
    profile: KeyenceProfile | None = None,
) -> bytes:
    async def main() -> bytes:
        port = MemoryPort("keyence")
        sim = KeyenceSim(port, profile, random.Random(1))
        await port.plug()
        reader, writer = await port.open()
        chunks: Chunks = []
        listener = asyncio.create_task(_collect(reader, chunks))
        await script(sim, writer)
        await asyncio.sleep(1)
        writer.close()
        await listener
        await sim.close()
        return b"|".join(chunks)

    return play(main)


async def say(writer: asyncio.StreamWriter, data: bytes, then_s: float = 0.1) -> None:
    writer.write(data)
    await asyncio.sleep(then_s)


def test_a_trigger_is_answered_first_and_the_data_follow_as_a_second_message() -> None:
    async def script(sim: KeyenceSim, writer: asyncio.StreamWriter) -> None:
        await say(writer, b"LON\r")
        sim.show(["JD001"])

    assert keyence(script) == b"OK,LON\r|JD001\r"


def test_a_label_already_in_the_gate_is_read_after_the_trigger_but_not_one_long_gone() -> None:
    async def script(sim: KeyenceSim, writer: asyncio.StreamWriter) -> None:
        sim.show(["A"])
        await say(writer, b"LON\r", 3)
        await say(writer, b"LON\r")

    assert keyence(script) == b"OK,LON\r|A\r|OK,LON\r"


def test_without_a_trigger_nothing_is_read() -> None:
    async def script(sim: KeyenceSim, writer: asyncio.StreamWriter) -> None:
        sim.show(["A"])
        await asyncio.sleep(5)
        sim.no_read()

    assert keyence(script) == b""


def test_loff_without_a_read_gives_ok_and_then_the_error_text() -> None:
    async def script(sim: KeyenceSim, writer: asyncio.StreamWriter) -> None:
        await say(writer, b"LON\r")
        await say(writer, b"LOFF\r")

    assert keyence(script) == b"OK,LON\r|OK,LOFF\rERROR\r"


def test_loff_after_a_good_read_and_lon_while_reading_are_errors() -> None:
    async def script(sim: KeyenceSim, writer: asyncio.StreamWriter) -> None:
        await say(writer, b"LON\r")
        await say(writer, b"LON\r")
        sim.show(["A"])
        await asyncio.sleep(0.1)
        await say(writer, b"LOFF\r")

    assert keyence(script) == b"OK,LON\r|ER,LON,20\r|A\r|ER,LOFF,20\r"


def test_a_carton_that_cannot_be_read_ends_the_trigger_with_the_error_text() -> None:
    async def script(sim: KeyenceSim, writer: asyncio.StreamWriter) -> None:
        await say(writer, b"LON\r")
        sim.no_read()
        assert not sim.triggered

    assert keyence(script) == b"OK,LON\r|ERROR\r"


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"HELLO\r", b"ER,HELLO,00\r"),
        (b"lon\r", b"ER,lon,00\r"),
        (b"\x02LON\x03", b"\x02OK,LON\x03"),
        (b"LON\r\n", b"OK,LON\r"),
        (b"xyz\x1bLON\r", b"OK,LON\r"),
    ],
)
def test_replies_use_the_commands_own_framing(sent: bytes, answer: bytes) -> None:
    async def script(sim: KeyenceSim, writer: asyncio.StreamWriter) -> None:
        await say(writer, sent)

    assert keyence(script) == answer


def test_a_gap_of_more_than_ten_seconds_drops_what_was_begun() -> None:
    async def script(sim: KeyenceSim, writer: asyncio.StreamWriter) -> None:
        await say(writer, b"LO", 11)
        await say(writer, b"LON\r")

    assert keyence(script) == b"OK,LON\r"


def test_the_old_compatible_setting_sends_no_replies() -> None:
    async def script(sim: KeyenceSim, writer: asyncio.StreamWriter) -> None:
        await say(writer, b"LON\r")
        sim.show(["A"])

    assert keyence(script, KeyenceProfile(sr600_compatible=True)) == b"A\r"


def test_a_silent_keyence_answers_no_command() -> None:
    async def script(sim: KeyenceSim, writer: asyncio.StreamWriter) -> None:
        sim.silent = True
        await say(writer, b"LON\r")
        sim.show(["A"])
        assert not sim.triggered

    assert keyence(script) == b""


def test_profiles_are_values() -> None:
    with pytest.raises(AttributeError):
        PLAIN_CR.suffix = b"\n"  # type: ignore[misc]
    assert msgspec.structs.replace(PLAIN_CR, suffix=b"\r\n") == PLAIN_CRLF
