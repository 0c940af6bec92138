"""The PLC driver on a real socket: what it does when the wire misbehaves or the PLC goes away."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from drivers.plc.reports import (
    DecisionResult,
    LinkLost,
    LinkUp,
    PendingDropped,
    RingEvents,
)
from drivers.plc.vocabulary import Command, HostFlag, Lane, Result
from tests.wire.scripted_plc import H, Rig, S, ScriptedPlc, T, decision_writes

pytestmark = pytest.mark.wire


@pytest.fixture
async def plc() -> AsyncIterator[ScriptedPlc]:
    plc = ScriptedPlc()
    await plc.start()
    yield plc
    await plc.stop()


@pytest.fixture
async def rig(plc: ScriptedPlc) -> AsyncIterator[Rig]:
    rig = Rig(plc)
    yield rig
    await rig.close()


async def test_a_driver_watches_takes_a_session_syncs_and_gets_a_release_accepted(rig: Rig) -> None:
    rig.plc.words[T : T + 4] = [300, 0x0602, 0x01FE, 512]
    rig.plc.event(1, 300)
    synced = await rig.synced()
    assert (synced.epoch, synced.boot_nonce, synced.ring_head, synced.last_decision_seq) == (7, 0xB001, 1, 512)
    assert [row.track_id for row in synced.table] == [300]
    assert [r.seq for report in rig.all(RingEvents) for r in report.records] == [1]
    assert rig.all(RingEvents)[0].backlog
    assert rig.plc.words[S + 7] == synced.session
    rig.release(300, 513)
    await asyncio.sleep(0.1)
    assert decision_writes(rig.plc) == [], "not ready: nothing permissive leaves"
    rig.driver.set_ready(True, synced.sync_number)
    await rig.until(lambda: rig.all(DecisionResult))
    result = rig.all(DecisionResult)[0]
    assert (result.track_id, result.seq, result.result) == (300, 513, Result.ACCEPTED)
    assert all(address >= H and address + len(values) <= H + 72 for address, values in rig.plc.writes)


async def test_passes_and_readiness_are_written_only_while_ready(rig: Rig) -> None:
    await rig.synced()
    rig.driver.set_outputs(outputs=HostFlag.LAMP_BLUE, pass_mask=0b11)
    await rig.until(lambda: rig.plc.words[H + 4] == HostFlag.LAMP_BLUE)
    assert rig.plc.words[H + 5] == 0
    rig.driver.set_ready(True)
    await rig.until(lambda: rig.plc.words[H + 4 : H + 6] == [HostFlag.LAMP_BLUE | HostFlag.READY, 0b11])


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("close", "peer_closed"),
        ("silent", "time_out"),
        ("wrong_function", "wrong_function"),
        ("short", "short_reply"),
        ("stale_tid", "time_out"),
        ("tid_zero", "stale_reply"),
        ("garbage", "bad_protocol_id"),
        ("exception", "exception_response"),
    ],
)
async def test_a_bad_wire_closes_the_connection_and_the_driver_comes_back(rig: Rig, fault: str, code: str) -> None:
    await rig.ready()
    before = rig.plc.connections
    rig.plc.fault = fault
    await rig.until(lambda: rig.all(LinkLost))
    lost = rig.all(LinkLost)[0]
    assert lost.code == code
    assert lost.cause
    assert lost.next_step
    assert not rig.driver.ready
    await asyncio.sleep(0.3)
    rig.plc.fault = None
    began = asyncio.get_running_loop().time()
    await rig.until(lambda: len(rig.all(LinkUp)) == 2, 2.0)
    await rig.synced(2)
    assert asyncio.get_running_loop().time() - began < 2.0
    assert rig.plc.connections > before


async def test_a_peer_that_closes_in_mid_request_is_noticed_long_before_the_time_out(plc: ScriptedPlc) -> None:
    rig = Rig(plc, timeout_ms=3000)
    await rig.synced()
    began = asyncio.get_running_loop().time()
    plc.fault = "close"
    await rig.until(lambda: rig.all(LinkLost))
    assert asyncio.get_running_loop().time() - began < 1.0
    await rig.close()


async def test_a_short_loss_keeps_the_session_and_writes_no_release_of_before_it(rig: Rig) -> None:
    """Whoever decides does not see it in the new picture, may take it back, and could void it in no queue that it knows of."""
    first = await rig.ready()
    rig.plc.takes_decisions = False
    rig.release(1, 10)
    await rig.until(lambda: decision_writes(rig.plc))
    rig.release(2, 11)
    rig.driver.decide(epoch=7, track_id=3, lane=Lane.INSPECT, flags=0, ttl_100ms=100, seq=12)
    rig.driver.command(code=Command.START, epoch=7, seq=13)
    rig.plc.hang_up()
    second = await rig.synced(2)
    assert second.session == first.session
    assert sorted(d.seq for report in rig.all(PendingDropped) for d in report.decisions) == [10, 11]
    assert [c.seq for report in rig.all(PendingDropped) for c in report.commands] == [13]
    rig.plc.writes.clear()
    rig.plc.words[H + 16 : H + 72] = [0] * 56  # as if the first one had not arrived either
    rig.plc.takes_decisions = True
    rig.driver.set_ready(True)
    await rig.until(lambda: rig.all(DecisionResult))
    rig.release(1, 14)
    await rig.until(lambda: len(rig.all(DecisionResult)) == 2)
    assert [result.seq for result in rig.all(DecisionResult)] == [12, 14], "what restricts stays, and what is decided anew"
    assert {values[6] for values in decision_writes(rig.plc)} == {12, 14}


async def test_a_long_loss_begins_a_new_session_and_drops_what_was_pending(rig: Rig) -> None:
    first = await rig.ready()
    rig.plc.takes_decisions = False
    rig.release(1, 10)
    await rig.until(lambda: decision_writes(rig.plc))
    rig.plc.fault = "silent"
    await asyncio.sleep(0.7)
    rig.plc.fault = None
    rig.plc.writes.clear()
    second = await rig.synced(2)
    assert second.session != first.session
    assert [d.seq for report in rig.all(PendingDropped) for d in report.decisions] == [10]
    rig.driver.set_ready(True)
    await asyncio.sleep(0.1)
    assert decision_writes(rig.plc) == []


async def test_a_restarted_device_is_found_again_within_two_seconds(rig: Rig) -> None:
    await rig.ready()
    await rig.plc.stop()
    await rig.until(lambda: rig.all(LinkLost))
    await asyncio.sleep(0.6)
    rig.plc.new_epoch(nonce=0xB002, session=0)
    await rig.plc.start()
    began = asyncio.get_running_loop().time()
    await rig.until(lambda: len(rig.all(LinkUp)) == 2, 2.0)
    synced = await rig.synced(2)
    assert asyncio.get_running_loop().time() - began < 2.0
    assert (synced.epoch, synced.boot_nonce) == (8, 0xB002)


async def test_a_wrong_device_is_not_written_to(plc: ScriptedPlc, rig: Rig) -> None:
    await rig.ready()
    rig.release(1, 10)
    plc.words[S] = 0x1234
    await rig.until(lambda: rig.all(LinkLost))
    assert rig.all(LinkLost)[0].code == "wrong_magic"
    assert not rig.driver.ready
    plc.writes.clear()
    await asyncio.sleep(0.6)
    assert plc.writes == []
    assert len(rig.all(LinkLost)) == 1, "said once"
    plc.words[S] = 0xC11E
    await rig.synced(2)


async def test_a_cancel_is_never_swallowed_however_it_falls_into_a_reconnection(plc: ScriptedPlc) -> None:
    for turns in range(60):
        rig = Rig(plc)
        for _ in range(turns):
            await asyncio.sleep(0)
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(5):
            await rig.close()
        assert asyncio.get_running_loop().time() - began < 2, f"the first cancel was lost after {turns} turns"
