"""What reaches the PLC before its row is on the disk is a breach, to the instant: readiness before the epoch was reconciled, and
an acknowledgement before the event was kept.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from controller.rehearsal.durable import DurableWatch
from controller.rehearsal.host import Host
from simulators.oracle.run import load_run
from tests.simulators.oracle_run import SESSION, good_run


@pytest.mark.parametrize(
    ("behind", "flags", "pass_mask", "early"), [(1, 1, 0, True), (1, 0, 1, True), (1, 0, 0, False), (0, 1, 1, False)]
)
def test_ready_before_the_epoch_was_reconciled(behind: int, flags: int, pass_mask: int, early: bool, tmp_path: Path) -> None:
    made = good_run()
    synced = made.rows.index(made.of("PlcSynced", epoch=1)) + 1
    on_disk = SimpleNamespace(last_seq=synced - behind)
    watch = DurableWatch(cast(Host, SimpleNamespace(daemon=SimpleNamespace(journal=on_disk), runs=True)))
    live = {"fact": "live", "line_ms": 2000, "session": SESSION, "epoch": 1, "flags": flags, "pass_mask": pass_mask}
    watch.heard(live)
    told = [f"{one.invariant} {one.what}" for one in watch.check(load_run(tmp_path, made.write(tmp_path)))]
    assert told == (
        [f"I3 readiness in epoch 1 reached the PLC at 2000 ms, its row {synced} was not on the disk ({synced - 1} was)"] * early
    )


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("behind", [0, 1])
def test_acknowledged_before_its_row(behind: int, lost: bool, tmp_path: Path) -> None:
    """Also where the row never comes, and the one that tells the loss came only behind the acknowledgement."""
    made = good_run()
    third = made.of("RingEvent", seq=3)
    if lost:
        third["event"] = {"type": "RingEventsLost", "epoch": 1, "first_missing_seq": 3, "next_seq": 4}
    place = made.rows.index(third) + 1
    on_disk = SimpleNamespace(last_seq=place - behind)
    watch = DurableWatch(cast(Host, SimpleNamespace(daemon=SimpleNamespace(journal=on_disk), runs=True)))
    ack = next(fact for fact in made.wire if fact["fact"] == "ack")
    watch.heard(ack)
    told = [f"{one.invariant} {one.what}" for one in watch.check(load_run(tmp_path, made.write(tmp_path)))]
    missing = "no row had it" if lost else f"its row {place} was not on the disk"
    expected = f"I8 event 1/3 was acknowledged at {ack['line_ms']} ms, {missing} ({place - 1} was)"
    assert told == [expected] * behind


def test_nobody_is_asked_while_no_daemon_is_there(tmp_path: Path) -> None:
    made = good_run()
    watch = DurableWatch(cast(Host, SimpleNamespace(daemon=None, runs=False)))
    for fact in made.wire:
        watch.heard(fact)
    assert not watch.check(load_run(tmp_path, made.write(tmp_path)))
