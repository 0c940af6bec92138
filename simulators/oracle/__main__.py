"""`python -m simulators.oracle --dir SIM_DIR --journal PATH [--expected FILE] [--json] [--table]`.

The one rule: exit 0 = no breach and every scene as expected, 1 = something is wrong, 2 = the files can not be judged.
"""

import argparse
import json
import sys
from pathlib import Path

from simulators.oracle.judging import judge
from simulators.oracle.sources import SourceError
from simulators.oracle.verdict import Verdict


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m simulators.oracle", description="Judge a finished run.")
    parser.add_argument("--dir", type=Path, required=True, help="folder with plant.jsonl, wire.jsonl, expected.json")
    parser.add_argument("--journal", type=Path, required=True, help="the daemon's journal file")
    parser.add_argument("--expected", type=Path, help="another expected.json")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    parser.add_argument("--table", action="store_true", help="with --json: every carton under `table`")
    chosen = parser.parse_args(arguments)
    try:
        verdict = judge(chosen.dir, chosen.journal, chosen.expected)
    except SourceError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if chosen.json:
        sys.stdout.write(json.dumps(verdict.as_dict(table=chosen.table), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(as_text(verdict))
    return 0 if verdict.ok else 1


def as_text(verdict: Verdict) -> str:
    lines = [f"{row.carton_no:>6} {row.label:<16} {row.lane:<9} {row.reason}" for row in verdict.table]
    lines += [f"{'ok' if scene.ok else 'NO':<3} {scene.name}: {scene.seen}" for scene in verdict.scenes]
    lines += [f"BREACH {one.invariant} {one.carton_no}: {one.what}" for one in verdict.breaches]
    counts = verdict.as_dict(table=False)
    lines += [f"{name}: {value}" for name, value in counts.items() if name not in ("breaches", "scenes")]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
