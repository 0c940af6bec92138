"""A campaign goes on where it was stopped and adds up to one run; its failures say everything that repeats them."""

import json
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from controller.rehearsal import campaign_file
from controller.rehearsal.campaign_file import CampaignFileError, Saved, consecutive, read_ranges
from controller.rehearsal.campaign_report import report_json, report_lines
from controller.rehearsal.explore import Choice, Work, run_quietly
from controller.rehearsal.explore_command import Wishes
from controller.rehearsal.named_days import NAMED_DAYS
from controller.rehearsal.provenance import Program, this_program
from controller.rehearsal.shrinking import Shrinker, fewest
from controller.rehearsal.swarm import drawn
from controller.rehearsal.tally import Tally
from controller.rehearsal.telling import failure_lines, repeat_command
from controller.rehearsal.world import Outcome
from simulators.faults.injector import Struck, struck_of
from simulators.faults.kinds import ALL_KINDS, GROUP_OF, Group, Kind, kinds_of
from simulators.oracle import Breach

pytestmark = pytest.mark.explore

LOST = Breach("I1", "7", "released without a decision")


def outcome_of(seed: int, *breaches: Breach) -> Outcome:
    return Outcome(
        seed, f"{seed:016x}", breaches, 10 + seed % 3, 5, 180.0, 1000, 200, {"kill": 1}, {}, {"kill": 1, "hang": seed % 2},
        {"event Read": seed, f"seed {seed}": 1}, cpu_s=0.5,
    )  # fmt: skip


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds are not run: each 50th fails. Returns those that were asked for."""
    asked: list[int] = []

    def outcomes(work: tuple[Work, ...], jobs: int) -> list[Outcome]:
        asked.extend(seed for _, seed in work)
        # Two processes bring them out of order.
        return [outcome_of(seed, *([LOST] if seed % 50 == 0 else [])) for _, seed in (*work[1::2], *work[::2])]

    monkeypatch.setattr(campaign_file, "outcomes", outcomes)
    return asked


def campaign(path: Path, first: int, last: int) -> Tally:
    return Saved(path, Choice(tuple(range(first, last + 1)))).run(lambda outcome: None)


def test_what_the_file_has_is_not_run_again_and_all_of_it_adds_up(made_up: list[int], tmp_path: Path) -> None:
    path = tmp_path / "campaign.jsonl"
    campaign(path, 1, 150)
    assert [(r.first, r.last) for r in read_ranges(path)] in ([(1, 100), (101, 150)], [(101, 150), (1, 100)])
    made_up.clear()
    second = campaign(path, 1, 320)
    assert sorted(made_up) == list(range(151, 321))
    assert second.seeds == 170
    told = json.loads(report_json(read_ranges(path)))
    assert not told["ok"]
    (chapter,) = told["chapters"]
    assert chapter["tally"]["seeds"] == 320
    assert chapter["tally"]["cartons"] == sum(outcome_of(seed).cartons for seed in range(1, 321))
    assert chapter["tally"]["failed"] == [50, 100, 150, 200, 250, 300]
    assert sorted(failure["seed"] for failure in chapter["failures"]) == chapter["tally"]["failed"]
    made_up.clear()
    assert campaign(path, 1, 320).seeds == 0
    assert not made_up


def test_another_program_or_another_day_begins_anew(made_up: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "campaign.jsonl"
    campaign(path, 1, 10)
    Saved(path, Choice(tuple(range(1, 11)), scenario="bad")).run(lambda outcome: None)
    monkeypatch.setattr(campaign_file, "this_program", lambda: Program("1", "other", "other", "3.11", "x"))
    campaign(path, 1, 10)
    assert len(made_up) == 30
    assert len(json.loads(report_json(read_ranges(path)))["chapters"]) == 3


def test_a_line_that_was_cut_off_is_as_if_never_run_and_a_wrong_one_is_said(made_up: list[int], tmp_path: Path) -> None:
    path = tmp_path / "campaign.jsonl"
    campaign(path, 1, 100)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:300])
    made_up.clear()
    campaign(path, 1, 101)
    assert made_up == [101]
    assert len(read_ranges(path)) == 2
    path.write_bytes(b'{"first": 1}\n' + whole)
    with pytest.raises(CampaignFileError, match="line 1"):
        read_ranges(path)


def test_the_report_names_program_machine_faults_and_failed_seeds(made_up: list[int], tmp_path: Path) -> None:
    path = tmp_path / "campaign.jsonl"
    campaign(path, 1, 60)
    text = "\n".join(report_lines(read_ranges(path)))
    assert "| swarm | 60 | 1 |" in text
    assert str(this_program()) in text
    assert "virtual cores" in text
    assert "kill 60 (60), " in text
    assert "- 50: I1 7: released without a decision" in text
    assert "Never struck: host_power" in text


def test_seeds_are_put_together_in_ranges_without_a_gap() -> None:
    assert list(consecutive([1, 2, 3, 7, 8, 20], most=2)) == [(1, 2), (3, 3), (7, 8), (20, 20)]
    assert list(consecutive([])) == []


# --- failures ----------------------------------------------------------------------------------------------------------


def test_a_failure_says_seed_program_python_lock_and_every_option_and_the_command_draws_the_same_day() -> None:
    choice = Wishes(seed=7, scenario="bad", without="kill", day_s=40, strikes="hang#2@12.500000").choice()
    lines = failure_lines(choice, outcome_of(7, LOST))
    program = this_program()
    for part in ("FAILED seed 7 ", program.version, program.commit, f"Python {program.python}", f"lock {program.lock}"):
        assert part in lines[0]
    options = msgspec.json.decode(lines[0].split(" options ")[1], type=type(choice.options(7)))
    assert options == choice.options(7)
    command = repeat_command(choice, 7).split()
    assert lines[-1].endswith(" ".join(command))
    words = dict(pairwise(command))
    again = Wishes(
        seed=int(words["--seed"]), scenario=words["--scenario"], without=words["--without"], day_s=float(words["--day"]),
        strikes=words["--strikes"],
    ).choice()  # fmt: skip
    assert again.options(7) == choice.options(7)


@pytest.mark.parametrize("wish", [{"only": "no_such"}, {"scenario": "no_such"}, {"strikes": "kill@1"}, {"strikes": "kill#x@1"}])
def test_a_wish_that_means_nothing_is_refused(wish: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"no_such|kill|invalid literal"):
        Wishes(**wish).choice()  # type: ignore[arg-type]


def test_a_failing_seed_is_shrunk_to_the_two_strikes_that_it_needs_within_its_runs() -> None:
    runs = 0

    def run(work: Work) -> Outcome:
        """Breaks when the 2nd kill and the 1st hang come, before second 40."""
        nonlocal runs
        runs += 1
        choice, seed = work
        options = choice.options(seed)
        strikes = options.strikes or tuple(
            Struck(number * 11.0, kind, number)
            for kind in options.mean_s
            for number in (1, 2, 3)
            if number * 11 < options.faults_s
        )
        broken = {"kill#2", "hang#1"} <= {str(one).partition("@")[0] for one in strikes}
        return msgspec.structs.replace(outcome_of(seed, *([LOST] if broken else [])), strikes=strikes)

    seed = next(seed for seed in range(1, 500) if {Kind.KILL, Kind.HANG} <= set(drawn(seed, NAMED_DAYS["bad"]).mean_s))
    choice, outcome = Shrinker(Choice((seed,), scenario="bad"), seed, lambda line: None, 60, run).smallest()
    assert sorted(map(str, choice.strikes)) == ["hang#1@11.000000", "kill#2@22.000000"]
    assert choice.day_s == 25.0
    assert outcome.breaches == (LOST,)
    assert runs <= 60
    runs = 0
    bounded, _ = Shrinker(Choice((seed,), scenario="bad"), seed, lambda line: None, 5, run).smallest()
    assert runs == 5
    assert len(bounded.options(seed).mean_s) < len(drawn(seed, NAMED_DAYS["bad"]).mean_s)


def test_the_fewest_are_found_wherever_they_stand_and_one_is_always_left() -> None:
    assert fewest(range(40), lambda some: {3, 31} <= set(some)) == (3, 31)
    assert fewest(range(5), lambda some: True) == (4,)


def test_a_strike_is_written_and_read_the_same_and_repeats_what_the_drawn_one_did() -> None:
    choice = Choice((2,), day_s=25.0)
    drawn_day = run_quietly((choice, 2))
    assert drawn_day.strikes
    assert tuple(struck_of(str(one)) for one in drawn_day.strikes) == drawn_day.strikes
    again = run_quietly((msgspec.structs.replace(choice, strikes=drawn_day.strikes), 2))
    assert again.strikes == drawn_day.strikes
    assert again.struck == {kind: count for kind, count in drawn_day.struck.items() if count}


# --- days by name --------------------------------------------------------------------------------------------------------


def test_every_kind_belongs_to_one_group() -> None:
    assert set(GROUP_OF) == set(ALL_KINDS)
    assert [kind for group in Group for kind in kinds_of(group)] == list(ALL_KINDS)


def test_days_by_name_go_from_none_to_many_and_a_storm_is_of_its_group() -> None:
    def kinds(name: str) -> float:
        return sum(len(drawn(seed, NAMED_DAYS[name]).mean_s) for seed in range(1, 41)) / 40

    assert kinds("calm") == 0
    assert 0 < kinds("quiet") < kinds("usual") < kinds("bad") < len(ALL_KINDS)
    for group in Group:
        days = [drawn(seed, NAMED_DAYS[group.value]).mean_s for seed in range(1, 41)]
        on = {kind: sum(kind in day for day in days) / len(days) for kind in ALL_KINDS}
        assert min(on[kind] for kind in kinds_of(group)) > 0.5, group
        assert sum(on[kind] for kind in ALL_KINDS if GROUP_OF[kind] is not group) / len(ALL_KINDS) < 0.1, group
    assert all(drawn(seed, NAMED_DAYS["near-wrap"]).near_wrap for seed in range(1, 10))


def test_a_new_kind_in_the_catalogue_leaves_the_draws_of_the_others() -> None:
    from controller.rehearsal import swarm

    before = drawn(5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(swarm, "ALL_KINDS", tuple(kind for kind in ALL_KINDS if kind is not Kind.HANG))
        after = drawn(5)
    assert after == before.without(Kind.HANG)
