"""Runs the PLC contract's models and prints what came out: `python tests/models/report.py [--write]`.

The one rule: a run counts only if the search was complete ("holds") or ended with a trail that breaks the promise
named in `variants.toml` ("breaks", "reached"); anything else is "not shown". Source: the manual of Spin 6.5.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "models.md"
BEGIN, END = "<!-- table: python tests/models/report.py --write -->", "<!-- end of table -->"
NEEDED = ("spin", "gcc")
DEPTH_MOST = 20_000
RUN_MOST_S = 60
# A right variant is searched to the end and is worth an optimised checker; a mistake is found within a moment.
OPTIMISE = {"holds": "-O1"}
# The size of the table of states, as a power of two: too small for millions of states costs a third of the time.
TABLE = {"holds": "-w23"}


class Variant(msgspec.Struct, frozen=True):
    """One run: the macros that are set, the result that must come, the promise that it is about."""

    name: str
    flags: list[str]
    result: str
    promise: str


class Model(msgspec.Struct, frozen=True):
    file: str
    title: str
    variant: list[Variant]


class Outcome(msgspec.Struct, frozen=True):
    """What a run showed; `broken` names the promise in the assertion that failed."""

    result: str
    states: int
    trail_steps: int = 0
    broken: str = ""
    said: str = ""


def catalogue() -> list[Model]:
    """All models with their variants, in the order of the page."""
    found = msgspec.convert(tomllib.loads((HERE / "variants.toml").read_text("utf-8")), dict[str, list[Model]])
    return found["model"]


def runs() -> Iterator[tuple[Model, Variant]]:
    for model in catalogue():
        for variant in model.variant:
            yield model, variant


def missing() -> list[str]:
    """The programs that are needed and not there."""
    return [name for name in NEEDED if shutil.which(name) is None]


def check(model: Model, variant: Variant) -> Outcome:
    """Makes the checker of one variant, runs it, and re-plays the trail if it left one."""
    macros = [f"-D{flag}" for flag in variant.flags]
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        shutil.copy(HERE / model.file, folder)
        _call(folder, "spin", "-a", *macros, model.file)
        _call(folder, "gcc", OPTIMISE.get(variant.result, "-O0"), "-w", "-DSAFETY", "-o", "checker", "pan.c")
        said = _call(folder, "./checker", f"-m{DEPTH_MOST}", TABLE.get(variant.result, "-w20"))
        steps = 0
        if (Path(folder) / f"{model.file}.trail").exists():
            steps = len(re.findall(r"^ *\d+:\tproc", _call(folder, "spin", "-t", "-p", *macros, model.file), re.M))
        return outcome(said, steps, variant.result)


def outcome(said: str, trail_steps: int, wanted: str) -> Outcome:
    """Judges what the checker said. An incomplete search shows nothing."""
    stored = re.search(r"(\d+) states, stored", said)
    errors = re.search(r"errors: (\d+)", said)
    broken = re.search(r"assertion violated \(?(\w+)", said)
    states = int(stored.group(1)) if stored else 0
    if broken and trail_steps:
        result = "reached" if wanted == "reached" else "breaks"
        return Outcome(result, states, trail_steps, broken.group(1))
    complete = "Search not completed" not in said and "max search depth too small" not in said
    if errors and errors.group(1) == "0" and complete and states:
        return Outcome("holds", states)
    return Outcome("not shown", states, trail_steps, said=said[-2000:])


def check_all() -> dict[tuple[str, str], Outcome]:
    """Every variant, as many at a time as there are cores; longest first."""
    jobs = sorted(runs(), key=lambda run: run[1].result != "holds")
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        outcomes = pool.map(lambda run: check(*run), jobs)
        return {(model.file, variant.name): came for (model, variant), came in zip(jobs, outcomes, strict=True)}


def table(outcomes: dict[tuple[str, str], Outcome]) -> str:
    """The rows of the page: what is promised, which variant, what came out, how many states were seen."""
    lines = ["| Model | Variant | Promise | Result | States | Trail, steps |", "|---|---|---|---|---:|---:|"]
    for model, variant in runs():
        came = outcomes[model.file, variant.name]
        steps = str(came.trail_steps) if came.trail_steps else ""
        flags = " ".join(f"`{flag}`" for flag in variant.flags)
        promise = "the good outcome is possible" if variant.result == "reached" else variant.promise
        lines.append(f"| {model.title} | {variant.name} {flags} | {promise} | {came.result} | {came.states:,} | {steps} |")
    return "\n".join(lines)


def right(variant: Variant, came: Outcome) -> bool:
    """Did the run show what the catalogue says, for the reason that it says?"""
    return came.result == variant.result and (came.result == "holds" or came.broken == variant.promise)


def main(arguments: list[str]) -> int:
    if missing():
        sys.stderr.write(f"report: {' and '.join(missing())} not found; next step: apt-get install {' '.join(NEEDED)}\n")
        return 2
    outcomes = check_all()
    rows = table(outcomes)
    sys.stdout.write(rows + "\n")
    wrong = [(m, v) for m, v in runs() if not right(v, outcomes[m.file, v.name])]
    for model, variant in wrong:
        sys.stderr.write(f"report: {model.file} {variant.flags}: {outcomes[model.file, variant.name]}\n")
    if "--write" in arguments and not wrong:
        before, rest = PAGE.read_text("utf-8").split(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n\n{rows}\n\n{END}{rest.split(END)[1]}", "utf-8")
    return 1 if wrong else 0


def _call(folder: str, *command: str) -> str:
    """Runs a program to its end. Only `spin` and `gcc` must succeed: a checker that finds an error says so itself."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=RUN_MOST_S, check=False)
    if done.returncode and command[0] in NEEDED:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return done.stdout + done.stderr


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
