"""`xiyong explore`: seeds from the command line, what they came to, and how to see one of them again.

One rule: exit 0 = nothing broke, 1 = something did; with `--json` one object and nothing else on standard output.
"""

import sys

import msgspec

from controller.rehearsal.explore import (
    Choice,
    campaign_json,
    campaign_lines,
    explore,
    failure_lines,
    outcome_line,
    repeat_command,
    run_quietly,
    shrunk,
    story,
)
from controller.rehearsal.world import Outcome
from simulators.faults.kinds import Kind

PROGRESS_EVERY = 25


def chosen(seeds: int, first: int, jobs: int, seed: int | None, only: str, without: str, day_s: float) -> Choice:
    """ValueError names a fault kind that is none."""
    wanted = (seed,) if seed is not None else tuple(range(first, first + seeds))
    return Choice(wanted, jobs, _kinds(only), _kinds(without), day_s)


def _kinds(text: str) -> tuple[Kind, ...]:
    return tuple(Kind(name.strip()) for name in text.split(",") if name.strip())


def run_campaign(choice: Choice, as_json: bool) -> int:
    """Progress goes to standard error, the result to standard output."""
    done = 0

    def tell(outcome: Outcome) -> None:
        nonlocal done
        done += 1
        if not outcome.ok:
            _say("\n".join(failure_lines(choice, outcome)), as_json)
        if done % PROGRESS_EVERY == 0:
            _say(f"{done} of {len(choice.seeds)} seeds; {outcome_line(outcome)}", True)

    campaign = explore(choice, tell)
    if as_json:
        _say(campaign_json(campaign), False)
    else:
        for line in campaign_lines(campaign):
            _say(line, False)
    return 1 if campaign.failed else 0


def run_one(choice: Choice, seed: int, trace: bool, as_json: bool) -> int:
    lines: list[str] = []
    if trace:
        outcome, lines = story(choice, seed)
    else:
        outcome = run_quietly((choice, seed))
    if as_json:
        _say(msgspec.json.encode(outcome).decode(), False)
        return 0 if outcome.ok else 1
    for line in (*lines, outcome_line(outcome), *(() if outcome.ok else failure_lines(choice, outcome))):
        _say(line, False)
    return 0 if outcome.ok else 1


def run_shrink(choice: Choice, seed: int) -> int:
    if run_quietly((choice, seed)).ok:
        _say(f"seed {seed} breaks nothing", False)
        return 0
    fewer = shrunk(choice, seed, lambda line: _say(line, True))
    outcome = run_quietly((fewer, seed))
    _say("\n".join(failure_lines(fewer, outcome)), False)
    _say(f"smallest: {repeat_command(fewer, seed)}", False)
    return 1


def _say(line: str, aside: bool) -> None:
    (sys.stderr if aside else sys.stdout).write(f"{line}\n")
    (sys.stderr if aside else sys.stdout).flush()
