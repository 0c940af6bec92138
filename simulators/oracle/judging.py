"""`judge(sim_dir, journal)`: all checkers over one run.

The one rule: every checker is a function from a run to breaches, or to a walk through its journal, listed here; a later
invariant adds a line.
"""

from pathlib import Path

from simulators.oracle.accounting import count_places, detained, held, ordinary, sent_to_default, table, unaccounted
from simulators.oracle.basis_checks import check_basis
from simulators.oracle.chain import check_chain
from simulators.oracle.customs_checks import check_customs
from simulators.oracle.departure_checks import check_departures
from simulators.oracle.divert_checks import check_diverts
from simulators.oracle.hold_checks import check_holds
from simulators.oracle.image_checks import check_images
from simulators.oracle.line_checks import check_line
from simulators.oracle.list_accounts import true_lists
from simulators.oracle.once_checks import check_once
from simulators.oracle.plc_checks import check_plc
from simulators.oracle.reads_checks import check_reads
from simulators.oracle.recall_checks import check_recalls
from simulators.oracle.recheck_checks import check_rechecks
from simulators.oracle.release_checks import check_exits, check_written, released_undecided
from simulators.oracle.rerun_checks import check_reruns
from simulators.oracle.ring_checks import check_ring
from simulators.oracle.run import Run, load_run
from simulators.oracle.scenes import judge_scenes
from simulators.oracle.sync_checks import check_syncs
from simulators.oracle.time_checks import check_time
from simulators.oracle.verdict import Verdict
from simulators.oracle.walking import Checker, found_by
from simulators.oracle.wire_checks import check_wire

CHECKERS: tuple[Checker, ...] = (
    released_undecided,
    check_exits,
    check_written,
    check_basis,
    check_images,
    check_holds,
    check_diverts,
    check_once,
    check_ring,
    check_departures,
    check_customs,
    unaccounted,
    check_wire,
    check_plc,
    check_line,
    check_reads,
    check_syncs,
    check_recalls,
    check_rechecks,
    check_reruns,
    check_time,
)


def judge(sim_dir: Path, journal: Path, expected: Path | None = None) -> Verdict:
    """Judge the run whose logs lie in `sim_dir`. Raises `SourceError` if a file of it can not be read."""
    return judge_run(load_run(sim_dir, journal, expected))


def judge_run(run: Run) -> Verdict:
    broken_chain = check_chain(run.stored, run.anchors)
    found, end = found_by(run, CHECKERS)
    held_now = held(run, end)
    places = count_places(run)
    plain, late = ordinary(run), sent_to_default(run)
    ordinary_released = [c for c in plain if c.category == "released"]
    cartons = len(run.plant.cartons)
    return Verdict(
        cartons=cartons,
        released=places["released"],
        inspected=places["inspected"],
        anomaly=places["anomaly"],
        removed=places["removed"],
        on_line=places["on_line"],
        held=len(held_now),
        detained=detained(end),
        loaded=len(run.yard.in_box),
        departed=len(run.yard.departed),
        gate_refused=len({session for session, result in run.wire.gate_answers if result == "N"}),
        unaccounted=len({breach.carton_no for breach in unaccounted(run)}),
        release_without_decision=len(released_undecided(run)),
        journal_events=len(run.stored),
        journal_verified=bool(run.stored) and not broken_chain,
        ordinary=len(plain),
        ordinary_to_default=len(late),
        ordinary_released_percent=round(100 * len(ordinary_released) / cartons, 1) if cartons else 0.0,
        breaches=tuple(dict.fromkeys((*broken_chain, *found))),
        scenes=judge_scenes(run, end, held_now),
        table=table(run),
        lists=true_lists(run, end, held_now),
    )
