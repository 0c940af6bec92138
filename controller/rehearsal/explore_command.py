"""`xiyong explore`: seeds from the command line, what they came to, and how to see one of them again.

One rule: exit 0 = nothing broke, 1 = something did; with `--json` one object and nothing else on standard output. Progress
and failures as they come go to standard error.
"""

import json
import sys
from pathlib import Path

import msgspec

from controller.rehearsal.campaign_file import Saved, read_ranges
from controller.rehearsal.campaign_report import report_json, report_lines
from controller.rehearsal.explore import Choice, explore, run_quietly, story
from controller.rehearsal.named_days import NAMED_DAYS, named_day
from controller.rehearsal.shrinking import Shrinker
from controller.rehearsal.telling import Progress, failure_lines, outcome_line, repeat_command, tally_json, tally_lines
from controller.rehearsal.trace import HEADING
from controller.rehearsal.world import Outcome
from simulators.faults.injector import struck_of
from simulators.faults.kinds import Kind

# So many failures are made small by themselves; the others print the command that does it.
SHRUNK_BY_ITSELF = 2


class Wishes(msgspec.Struct, frozen=True):
    """The options of the command, as they were typed."""

    seeds: int = 100
    first: int = 1
    jobs: int = 1
    seed: int | None = None
    scenario: str = "swarm"
    only: str = ""
    without: str = ""
    strikes: str = ""
    day_s: float = 0.0

    def choice(self) -> Choice:
        """ValueError names what is no scenario, no fault kind or no strike."""
        return Choice(
            (self.seed,) if self.seed is not None else tuple(range(self.first, self.first + self.seeds)),
            self.jobs,
            _kinds(self.only),
            _kinds(self.without),
            self.day_s,
            named_day(self.scenario).name,
            tuple(struck_of(text) for text in self.strikes.split(",") if text.strip()),
        )


def _kinds(text: str) -> tuple[Kind, ...]:
    return tuple(Kind(name.strip()) for name in text.split(",") if name.strip())


def run_campaign(choice: Choice, as_json: bool, save: Path | None, shrink_runs: int) -> int:
    failed: list[Outcome] = []
    saved = Saved(save, choice) if save is not None else None
    if saved is not None and saved.done:
        _aside(f"{len(saved.done)} of {len(choice.seeds)} seeds are in {save} already; {len(saved.todo)} to do")
    progress = Progress(len(choice.seeds if saved is None else saved.todo), sys.stderr.isatty())

    def tell(outcome: Outcome) -> None:
        if not outcome.ok:
            failed.append(outcome)
            _aside("\n".join(failure_lines(choice, outcome)))
        line = progress.line(outcome)
        if line is not None:
            _status(line)

    tally = explore(choice, tell) if saved is None else saved.run(tell)
    _end_of_status()
    for outcome in failed[:SHRUNK_BY_ITSELF] if shrink_runs else ():
        _small(choice, outcome.seed, shrink_runs)
    for line in (tally_json(tally),) if as_json else tally_lines(tally):
        _say(line)
    return 1 if tally.failed else 0


def run_one(choice: Choice, seed: int, trace: bool, as_json: bool, shrink_runs: int) -> int:
    lines: list[str] = []
    if trace:
        outcome, lines = story(choice, seed)
    else:
        outcome = run_quietly((choice, seed))
    if as_json:
        _say(msgspec.json.encode(outcome).decode())
    else:
        for line in (
            *((HEADING, *lines) if trace else ()),
            outcome_line(outcome),
            *(() if outcome.ok else failure_lines(choice, outcome)),
        ):
            _say(line)
    if not outcome.ok and shrink_runs and not trace:  # whoever asks for the story wants to read it
        _small(choice, seed, shrink_runs)
    return 0 if outcome.ok else 1


def _small(choice: Choice, seed: int, shrink_runs: int) -> None:
    _aside(f"making seed {seed} small, {shrink_runs} runs at most")
    smaller, outcome = Shrinker(choice, seed, _aside, shrink_runs).smallest()
    if outcome.ok:
        _aside(f"  seed {seed} did not break again when run by itself: its first run is not repeatable, which is a fault, too")
        return
    _aside("\n".join(failure_lines(smaller, outcome)))
    _aside(f"  smallest: {repeat_command(smaller, seed)}")


def run_report(path: Path, as_json: bool) -> int:
    """The tables of a campaign's file. CampaignFileError if it can not be read."""
    ranges = read_ranges(path)
    for line in (report_json(ranges),) if as_json else report_lines(ranges):
        _say(line)
    return 1 if any(one.tally.failed for one in ranges) else 0


def list_scenarios(as_json: bool) -> int:
    if as_json:
        _say(json.dumps([{"name": day.name, "what": day.what} for day in NAMED_DAYS.values()], ensure_ascii=False))
    else:
        for day in NAMED_DAYS.values():
            _say(f"{day.name:<10} {day.what}")
    return 0


# --- where it goes ---------------------------------------------------------------------------------------------------


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _aside(line: str) -> None:
    _clear_status()
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _status(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()
    else:
        _aside(line)


def _clear_status() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")


def _end_of_status() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\n")
