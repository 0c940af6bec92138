"""The oracle finds a PLC program that keeps its epoch over a stop, starts by itself, or takes releases when it was left alone."""

from pathlib import Path

import pytest

from tests.simulators.oracle_run import MadeRun, good_run

AT_MS = 96_000


def stopped(
    run: MadeRun, *, fact: str = "estop_pressed", epoch_after_ms: int = 20, presses: tuple[str, ...] = ("reset", "start"),
    power_on_ms: int = -1,
) -> None:  # fmt: skip
    """A stop when the belts are empty, and the belt runs again two seconds later."""
    run.fact(AT_MS, fact)
    if epoch_after_ms >= 0:
        run.wire.append({"line_ms": AT_MS + epoch_after_ms, "fact": "epoch", "epoch": 2, "boot_nonce": 1})
    if 0 <= power_on_ms < 500:
        run.fact(AT_MS + power_on_ms, "power_on")
    for place, button in enumerate(presses):
        run.fact(AT_MS + 500 + 100 * place, "pressed", button=button)
    if power_on_ms >= 500:
        run.fact(AT_MS + power_on_ms, "power_on")
    run.fact(AT_MS + 2000, "belt_started", belt="main")


def told(run: MadeRun, home: Path) -> list[str]:
    return [f"{breach.invariant} {breach.what}" for breach in run.judged(home).breaches]


@pytest.mark.parametrize("fact", ["estop_pressed", "guard_opened"])
def test_a_stop_that_voids_the_tracking_and_waits_for_people_is_no_breach(fact: str, tmp_path: Path) -> None:
    run = good_run()
    stopped(run, fact=fact)
    assert told(run, tmp_path) == []


@pytest.mark.parametrize("after_ms", [-1, 2500])
def test_a_stop_that_changes_no_epoch_or_much_later(after_ms: int, tmp_path: Path) -> None:
    run = good_run()
    stopped(run, epoch_after_ms=after_ms)
    assert [one for one in told(run, tmp_path) if one.startswith("I3 the emergency stop")]


def test_a_plc_without_power_sees_no_stop(tmp_path: Path) -> None:
    run = good_run()
    run.fact(AT_MS - 9000, "power_lost")
    stopped(run, epoch_after_ms=-1, power_on_ms=400)
    assert told(run, tmp_path) == []


def test_a_panel_without_power_hears_nobody(tmp_path: Path) -> None:
    """Found by exploration (day `plc`, seed 2031): buttons that were pressed in the dark started the belt when power was back."""
    run = good_run()
    stopped(run, fact="power_lost", power_on_ms=1000)
    assert [one for one in told(run, tmp_path) if one.startswith("SAFE the belt started by itself")]


@pytest.mark.parametrize("presses", [(), ("reset",), ("start",)])
def test_a_belt_that_starts_by_itself(presses: tuple[str, ...], tmp_path: Path) -> None:
    run = good_run()
    stopped(run, presses=presses)
    assert [one for one in told(run, tmp_path) if one.startswith("SAFE the belt started by itself")]


@pytest.mark.parametrize("fact", [{"fact": "link", "ok": False}, {"fact": "conflict", "session": 7, "other": 8}])
@pytest.mark.parametrize("resumed", [True, False])
def test_a_release_taken_by_a_plc_that_was_left_alone(fact: dict[str, object], resumed: bool, tmp_path: Path) -> None:
    run = good_run()
    first = next(place for place, one in enumerate(run.wire) if one["fact"] == "judged")
    words = [7, 1, 34, 0, 0, 0, 1]
    after = [{"line_ms": 2100, "fact": "judged", "record": "command", "slot": 0, "words": words, "taken": True, "result": 1}]
    run.wire[first:first] = [{"line_ms": 2000, **fact}, *(after if resumed else [])]
    found = [one for one in told(run, tmp_path) if "not resumed since it was alone" in one]
    assert bool(found) is not resumed


@pytest.mark.parametrize(("kind", "why"), [(6, "lost"), (7, "not expected"), (9, "of another size or gap")])
def test_a_release_of_a_track_that_the_plc_does_not_vouch_for(kind: int, why: str, tmp_path: Path) -> None:
    run = good_run()
    row = run.decision_row("1:1")
    run.before(row, {"type": "RingEvent", "epoch": 1, "seq": 0, "kind": kind, "zone": 6, "track_id": 1})
    assert [one for one in told(run, tmp_path) if f"the PLC had called it {why}" in one]


@pytest.mark.parametrize(("at_mm", "breach"), [(4000, True), (5600, False)])
def test_what_was_set_down_in_the_place_of_a_verified_carton_is_judged_where_it_leaves(
    at_mm: int, breach: bool, tmp_path: Path
) -> None:
    """Carton 1 was decided for release; right before, another one that weighs twice as much was put in its place."""
    run = good_run()
    run.expected["cartons"]["4"] = {"label": "RR100000048CN", "declared": True, "ordinary": True}
    run.fact(2500, "placed", carton_no=4, at_mm=-900, weight_g=4000, length_mm=300, labels=["RR100000048CN"])
    exit_1 = next(f for f in run.plant if f["fact"] == "lane_exit" and f["carton_no"] == 1)
    exit_1 |= {"carton_no": 4, "lane": 1}
    confirmed = run.of("RingEvent", kind=5, track_id=1)
    confirmed["event"] |= {"arg1": 1, "arg2": 4}
    wire = next(f for f in run.wire if f["fact"] == "event" and f["words"][2] >> 8 == 5 and f["words"][3] == 1)
    wire["words"][4:6] = [1 << 8 | 254, 4]
    run.fact(14_500, "exchanged", carton_no=4, other_no=1, at_mm=3000, other_at_mm=at_mm)
    run.plant.sort(key=lambda fact: int(fact["line_ms"]))
    found = [one for one in told(run, tmp_path) if "it weighs 4000 g" in one]
    assert bool(found) is breach


def taken(run: MadeRun, line_ms: int, track_id: int, seq: int, epoch: int = 1) -> None:
    """The PLC accepts an order to inspect."""
    words = [epoch, track_id, 1 << 8 | 254, 90, 7, 0, seq]
    run.wire.append(
        {"line_ms": line_ms, "fact": "judged", "record": "decision", "slot": 1, "words": words, "taken": True, "result": 1}
    )


@pytest.mark.parametrize(("seq", "breach"), [(4, True), (65_000, True), (6, False), (5, False)])
def test_an_older_decision_that_is_taken_after_a_later_one(seq: int, breach: bool, tmp_path: Path) -> None:
    run = good_run()
    taken(run, AT_MS, 9, 5)
    taken(run, AT_MS + 10, 9, seq)
    assert any(f"took decision {seq} of track 1:9" in one for one in told(run, tmp_path)) is breach


@pytest.mark.parametrize(("epoch", "breach"), [(1, True), (2, False)])
def test_a_decision_of_an_epoch_that_is_over(epoch: int, breach: bool, tmp_path: Path) -> None:
    run = good_run()
    run.wire.append({"line_ms": AT_MS, "fact": "epoch", "epoch": 2, "boot_nonce": 1})
    taken(run, AT_MS + 10, 9, 5, epoch)
    assert any("in epoch 2" in one for one in told(run, tmp_path)) is breach


def test_what_the_daemon_itself_had_to_stop_is_a_breach(tmp_path: Path) -> None:
    run = good_run()
    run.row(AT_MS, {"type": "SelfCheckFailed", "code": "release_unfounded", "cause": "a release nobody decided"})
    assert [one for one in told(run, tmp_path) if one.startswith("SELF") and "a release nobody decided" in one]


@pytest.mark.parametrize("acknowledged", [0, 7])
def test_acknowledged_and_lost_is_a_breach(acknowledged: int, tmp_path: Path) -> None:
    run = good_run()
    lost = {"type": "RingEventsLost", "epoch": 1, "first_missing_seq": 60_000, "next_seq": 60_001, "acknowledged": acknowledged}
    run.row(AT_MS, lost)
    assert bool([one for one in told(run, tmp_path) if "were acknowledged and lost" in one]) is bool(acknowledged)


@pytest.mark.parametrize(("healthy_ms", "breach"), [(10, False), (200, True)])
def test_a_stop_that_was_released_for_less_than_two_scans_is_one_stop(healthy_ms: int, breach: bool, tmp_path: Path) -> None:
    run = good_run()
    stopped(run)
    run.fact(AT_MS + 3000 - healthy_ms, "estop_released")
    run.fact(AT_MS + 3000, "estop_pressed")
    assert any("changed no epoch" in one for one in told(run, tmp_path)) is breach


@pytest.mark.parametrize(
    ("at_mm", "lost", "breach"), [(5900, False, True), (8300, False, True), (5900, True, False), (2800, False, False)]
)
def test_a_jam_that_voids_nothing(at_mm: int, lost: bool, breach: bool, tmp_path: Path) -> None:
    """Track 9 was asked for, and the belt has gone a metre on since."""
    run = good_run()
    run.plc_event(AT_MS, 4, 6, 9, 2600)
    run.plc_event(AT_MS + 2000, 10, 6, 0, at_mm)
    if lost:
        run.plc_event(AT_MS + 2000, 6, 6, 9)
    assert any("did not void track 1:9" in one for one in told(run, tmp_path)) is breach
