"""Readiness that reaches the PLC before the row that reconciled its epoch is on the disk is a breach, to the instant."""

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
