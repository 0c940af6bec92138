"""The PLC driver on a real socket: torn blocks, the ring, epochs, sessions, stops and a dead journal."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from drivers.plc.cycle import Phase
from drivers.plc.errors import PlcRefusalError
from drivers.plc.reports import (
    CommandResult,
    DecisionResult,
    EpochWanted,
    EventsLost,
    LinkLost,
    LinkUp,
    PlcAlive,
    PlcFrozen,
    RingEvents,
    SessionLost,
    SessionRefused,
    Synced,
)
from drivers.plc.vocabulary import Lane
from tests.wire.scripted_plc import H, Rig, S, ScriptedPlc, acknowledged, decision_writes

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


async def test_a_torn_block_s_is_read_again(rig: Rig) -> None:
    await rig.ready()
    rig.plc.torn = 2
    rig.release(1, 10)
    await rig.until(lambda: rig.all(DecisionResult))
    assert not rig.all(LinkLost)
    rig.plc.torn = 10_000
    await rig.until(lambda: rig.all(PlcFrozen))
    assert not rig.driver.ready


async def test_a_gap_in_the_ring_is_reported_and_the_driver_syncs_again(rig: Rig) -> None:
    rig.plc.event(1, 1)
    await rig.ready()
    for n in range(100):
        rig.plc.event(2, n + 1)
    await rig.synced(2)
    (lost,) = rig.all(EventsLost)
    assert (lost.first_missing_seq, lost.next_seq) == (2, 38)
    assert [r.seq for report in rig.all(RingEvents) for r in report.records] == [1, *range(38, 102)]
    assert not rig.driver.ready


async def test_ring_sequences_wrap_and_are_acknowledged(plc: ScriptedPlc) -> None:
    plc.begin_ring_at(65470)
    plc.event(1, 1)
    rig = Rig(plc)
    await rig.ready()
    for n in range(5):
        plc.event(2, n + 2)
    await rig.until(lambda: sum(len(report.records) for report in rig.all(RingEvents)) == 6)
    assert [r.seq for report in rig.all(RingEvents) for r in report.records] == [65470, 65471, 65472, 1, 2, 3]
    assert not rig.all(EventsLost)
    rig.driver.acknowledge(7, 3)
    await rig.until(lambda: plc.words[H + 3] == 3)
    await rig.close()


async def test_a_new_epoch_drops_what_is_pending_and_asks_for_a_new_picture(rig: Rig) -> None:
    first = await rig.ready()
    rig.plc.takes_decisions = False
    rig.release(1, 10)
    await rig.until(lambda: decision_writes(rig.plc))
    rig.plc.new_epoch()
    second = await rig.synced(2)
    assert (second.epoch, second.session) == (8, first.session)
    rig.plc.writes.clear()
    rig.driver.set_ready(True)
    with pytest.raises(PlcRefusalError, match="old_epoch"):
        rig.driver.decide(epoch=7, track_id=1, lane=Lane.RELEASE, flags=0, ttl_100ms=10, seq=11)
    with pytest.raises(PlcRefusalError, match="old_sync"):
        rig.driver.set_ready(True, first.sync_number)
    await asyncio.sleep(0.1)
    assert decision_writes(rig.plc) == []


async def test_a_frozen_program_takes_readiness_away_and_its_return_syncs(rig: Rig) -> None:
    await rig.ready()
    rig.plc.program_runs = False
    await rig.until(lambda: rig.all(PlcFrozen))
    assert rig.all(PlcFrozen)[0].unchanged_ms >= 1000
    assert not rig.driver.ready
    with pytest.raises(PlcRefusalError, match="not_synced"):
        rig.driver.set_ready(True)
    rig.plc.program_runs = True
    await rig.synced(2)
    assert rig.all(PlcAlive)


async def test_a_program_that_stood_while_the_link_was_away_is_not_synced_before_it_moves(rig: Rig) -> None:
    await rig.ready()
    rig.plc.program_runs = False
    for _ in range(15):  # never connected for long enough to see it stand for a second
        await asyncio.sleep(0.1)
        rig.plc.hang_up()
    synced = len(rig.all(Synced))
    await rig.until(lambda: rig.all(PlcFrozen))
    assert len(rig.all(Synced)) == synced
    assert not rig.driver.ready
    rig.plc.program_runs = True
    await rig.synced(synced + 1)


async def test_another_host_that_is_alive_is_not_pushed_aside(plc: ScriptedPlc) -> None:
    plc.words[S + 7] = plc.words[H + 1] = 500

    async def other_host() -> None:
        while True:
            plc.words[H] += 1
            await asyncio.sleep(0.1)

    other = asyncio.create_task(other_host())
    rig = Rig(plc)
    await rig.until(lambda: len(rig.all(SessionRefused)) >= 2)
    await rig.until(lambda: len(rig.all(SessionRefused)) >= 4)
    first, second, third, fourth = (refusal.at_s for refusal in rig.all(SessionRefused)[:4])
    assert fourth - third > 1.5 * (second - first), "each try costs the other its connection: they become rarer"
    assert {refusal.code for refusal in rig.all(SessionRefused)} == {"other_host"}
    assert plc.writes == []
    other.cancel()
    synced = await rig.synced()
    assert synced.session > 500
    plc.takes_sessions = False
    plc.words[S + 7] = 40000
    await rig.until(rig.task.done)
    assert rig.all(SessionLost)[0].foreign_session == 40000


async def test_a_plc_without_epoch_asks_for_one(plc: ScriptedPlc) -> None:
    plc.words[S + 8] = 0
    rig = Rig(plc)
    await rig.until(lambda: rig.all(EpochWanted))
    rig.driver.command(code=36, epoch=21, arg1=21, arg2=rig.all(EpochWanted)[0].boot_nonce, seq=5)
    await rig.until(lambda: plc.words[H + 9 : H + 14] == [plc.words[S + 7], 21, 36, 21, 0xB001])
    assert not rig.all(Synced)
    plc.words[S + 8] = 21
    assert (await rig.synced()).epoch == 21
    await rig.close()


async def test_a_plc_whose_default_lane_in_force_is_release_is_not_ready_until_it_is_not(plc: ScriptedPlc) -> None:
    """A download with the wrong constant: each item without a decision would leave by release."""
    plc.words[S + 40] = 0x03FC
    rig = Rig(plc)
    await rig.until(lambda: rig.all(SessionRefused))
    assert rig.all(SessionRefused)[0].code == "default_lane_releases"
    await asyncio.sleep(0.1)
    assert not rig.all(Synced)
    plc.words[S + 40] = 0x01FE
    await rig.ready()
    plc.words[S + 40] = 0x03FC
    await rig.until(lambda: len(rig.all(SessionRefused)) == 2)
    assert not rig.driver.ready
    plc.words[S + 40] = 0x02FD
    await rig.synced(2)
    await rig.close()


async def test_a_proposal_that_was_lost_with_its_session_is_asked_for_again(plc: ScriptedPlc) -> None:
    """It had been asked for once a boot: a PLC whose network was not steady yet stood without an epoch until a restart."""
    plc.words[S + 8] = 0
    rig = Rig(plc)
    await rig.until(lambda: rig.all(EpochWanted))
    plc.fault = "silent"
    await asyncio.sleep(0.1)
    rig.driver.command(code=36, epoch=21, arg1=21, arg2=0xB001, seq=5)
    await asyncio.sleep(0.7)
    plc.fault = None
    await rig.until(lambda: len(rig.all(EpochWanted)) == 2)
    rig.driver.command(code=36, epoch=21, arg1=21, arg2=0xB001, seq=6)
    await rig.until(lambda: plc.words[H + 9 : H + 14] == [plc.words[S + 7], 21, 36, 21, 0xB001])
    await rig.close()


async def test_a_proposal_that_the_plc_refused_is_asked_for_again(plc: ScriptedPlc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.plc.cycle.EPOCH_AGAIN_S", 0.3)
    plc.words[S + 8] = 0
    rig = Rig(plc)
    await rig.until(lambda: rig.all(EpochWanted))
    rig.driver.command(code=36, epoch=21, arg1=21, arg2=0xB001, seq=5)
    await rig.until(lambda: rig.all(CommandResult))
    await rig.until(lambda: len(rig.all(EpochWanted)) == 2)
    await rig.close()


@pytest.mark.parametrize("restarted", [False, True], ids=["the same driver", "a new driver"])
async def test_what_a_plc_had_told_before_it_lost_its_memory_is_told_as_lost(plc: ScriptedPlc, restarted: bool) -> None:
    """Its new counters fit the place where the ring was read to: what the PLC had told since nobody will read."""
    for n in range(3):
        plc.event(1, n + 1)
    rig = Rig(plc)
    await rig.ready()
    assert [r.seq for report in rig.all(RingEvents) for r in report.records] == [1, 2, 3]
    if restarted:
        await rig.close()
    plc.lose_memory(0xB002)
    for n in range(5):
        plc.event(16, n)
    if restarted:
        rig = Rig(plc, last_event=3)
    await rig.until(lambda: rig.all(EpochWanted))
    plc.words[S + 8] = 21
    await rig.until(lambda: [synced for synced in rig.all(Synced) if synced.epoch == 21])
    (lost,) = rig.all(EventsLost)
    assert (lost.first_missing_seq, lost.next_seq) == (4, 1)
    assert [r.seq for r in rig.all(RingEvents)[-1].records] == [1, 2, 3, 4, 5]
    await rig.close()


@pytest.mark.parametrize(
    ("told_anew", "lost"),
    [(67, [(4, 1), (1, 4)]), (70, [(4, 1), (1, 7)]), (5, [(4, 1)]), (0, [(4, 1)])],
    ids=["overwritten as far as the old ring was read", "overwritten further", "nothing overwritten", "nothing told"],
)
@pytest.mark.parametrize("restarted", [False, True], ids=["the same driver", "a new driver"])
async def test_what_a_new_ring_has_overwritten_is_told_beside_what_the_old_one_had_told(
    plc: ScriptedPlc, restarted: bool, told_anew: int, lost: list[tuple[int, int]]
) -> None:
    """The new driver begins when the epoch is agreed already: only whoever wrote the proposal down knows of the other ring."""
    for n in range(3):
        plc.event(1, n + 1)
    rig = Rig(plc)
    await rig.ready()
    if restarted:
        await rig.close()
    plc.lose_memory(0xB002)
    for n in range(told_anew):
        plc.event(16, n)
    if not restarted:
        await rig.until(lambda: rig.all(EpochWanted))
    plc.words[S + 8] = 21
    if restarted:
        rig = Rig(plc, last_event=3, ring_lost=True)
    await rig.until(lambda: [synced for synced in rig.all(Synced) if synced.epoch == 21])
    assert [(one.first_missing_seq, one.next_seq) for one in rig.all(EventsLost)] == lost
    kept = range(max(1, told_anew - 63), told_anew + 1)
    assert [r.seq for report in rig.all(RingEvents) for r in report.records if r.epoch == 0] == list(kept)
    await rig.close()


async def test_a_memory_lost_again_before_anything_was_told_is_a_loss_of_its_own(rig: Rig) -> None:
    """The ring stood before record 1 both times it was looked at: what it told in between nobody knows."""
    await rig.ready()
    for nonce, epoch in ((0xB002, 21), (0xB003, 22)):
        rig.plc.lose_memory(nonce)
        await rig.until(lambda n=nonce: [one for one in rig.all(EpochWanted) if one.boot_nonce == n])  # type: ignore[misc]
        rig.plc.words[S + 8] = epoch
        await rig.until(lambda e=epoch: rig.all(Synced)[-1].epoch == e)  # type: ignore[misc]
    assert [(one.first_missing_seq, one.next_seq) for one in rig.all(EventsLost)] == [(1, 1), (1, 1)]


async def test_a_plc_that_lost_its_memory_is_acknowledged_nothing_of_it(rig: Rig) -> None:
    """It has kept the session, so that the driver writes to it at once; its records 1 to 5 are none of those read before."""
    plc = rig.plc
    for n in range(3):
        plc.event(1, n + 1)
    session = (await rig.ready()).session
    rig.driver.acknowledge(7, 3)
    await rig.until(lambda: plc.words[H + 3] == 3)
    plc.lose_memory(0xB002)
    plc.words[S + 7] = session
    for n in range(5):
        plc.event(16, n)
    plc.writes.clear()
    await rig.until(lambda: rig.all(EpochWanted) and len(acknowledged(plc, 0)) > 5)
    plc.words[S + 8] = 21
    await rig.until(lambda: rig.all(Synced)[-1].epoch == 21)
    assert set(acknowledged(plc, 0, 21)) == {0}
    rig.driver.acknowledge(0, 5)
    await rig.until(lambda: plc.words[H + 3] == 5)


async def test_nothing_is_acknowledged_before_it_was_read_again(rig: Rig) -> None:
    plc = rig.plc
    for n in range(3):
        plc.event(1, n + 1)
    await rig.ready()
    rig.driver.acknowledge(7, 3)
    await rig.until(lambda: plc.words[H + 3] == 3)
    plc.program_runs = False
    await rig.until(lambda: rig.all(PlcFrozen))
    plc.writes.clear()
    await rig.until(lambda: len(acknowledged(plc, 7)) > 5)
    assert set(acknowledged(plc, 7)) == {0}, "what runs again may be another program with another ring"
    plc.program_runs = True
    await rig.synced(2)
    await rig.until(lambda: plc.words[H + 3] == 3)


async def test_a_new_driver_that_knows_where_it_stood_loses_nothing(plc: ScriptedPlc) -> None:
    for n in range(3):
        plc.event(1, n + 1)
    rig = Rig(plc, last_event=2)
    await rig.synced()
    assert not rig.all(EventsLost)
    assert [r.seq for report in rig.all(RingEvents) for r in report.records] == [1, 2, 3]
    await rig.close()


async def test_a_stop_is_written_at_once_even_before_there_is_a_session(rig: Rig) -> None:
    await rig.until(lambda: rig.all(LinkUp))
    assert rig.driver.phase is Phase.WATCH
    rig.driver.stop(seq=9)
    await rig.until(lambda: any(values[2] == 3 for address, values in rig.plc.writes if address == H + 9), 1.0)
    await rig.until(lambda: rig.all(CommandResult))
    assert (rig.all(CommandResult)[0].code, rig.all(CommandResult)[0].seq) == (3, 9)


async def test_a_dead_journal_takes_every_unheard_release_back(rig: Rig) -> None:
    await rig.ready()
    rig.plc.takes_decisions = False
    for n in range(10):
        rig.release(n + 1, n + 1)
    await rig.until(lambda: decision_writes(rig.plc))
    rig.driver.drop_permissive()
    rig.driver.set_ready(False)
    await asyncio.sleep(0.05)
    rig.plc.writes.clear()
    await asyncio.sleep(0.1)
    assert decision_writes(rig.plc) == []
    rig.driver.decide(epoch=7, track_id=1, lane=Lane.INSPECT, flags=0, ttl_100ms=10, seq=50)
    await rig.until(lambda: any(values[6] == 50 for values in decision_writes(rig.plc)))


async def test_cancel_leaves_nothing_behind(rig: Rig) -> None:
    await rig.synced()
    rig.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rig.task
    await asyncio.sleep(0.05)
    mine = asyncio.current_task()
    left = [task for task in asyncio.all_tasks() if task is not mine and "pymodbus" in repr(task.get_coro())]
    assert left == []
