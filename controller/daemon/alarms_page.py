"""Writes the table of docs/alarms.md from the catalogue: `python -m controller.daemon.alarms_page`.

One rule: what stands below the mark is made, never edited; a test compares it with the catalogue.
"""

import sys
from pathlib import Path

from controller.domain.alarms import ALARMS, CONSEQUENCES, AlarmKind

PAGE = Path(__file__).resolve().parents[2] / "docs" / "alarms.md"
MARK = "<!-- made from controller/domain/alarms.py by `make docs`; do not edit below -->\n"
HEAD = """\

| Code | Priority | What it means | 说明 | What to do | 处置 | What follows | 后果 | |
|---|---|---|---|---|---|---|---|---|
"""


def page(written: str) -> str:
    """The page: what people wrote above the mark, and the table below it."""
    return written.partition(MARK)[0] + MARK + HEAD + "".join(_row(kind) for kind in sorted(ALARMS.values(), key=_order))


def _order(kind: AlarmKind) -> tuple[int, str]:
    return kind.priority, kind.code


def _row(kind: AlarmKind) -> str:
    marks = [
        word for word, there in (
            ("stands", kind.standing), ("stops the line", kind.stops), ("customs only", kind.customs_only),
            ("hides what follows from it", kind.code in CONSEQUENCES),
        ) if there
    ]  # fmt: skip
    texts = (kind.en, kind.zh, kind.next_en, kind.next_zh, kind.follows_en, kind.follows_zh)
    return "| " + " | ".join((f"`{kind.code}`", str(kind.priority), *texts, ", ".join(marks))) + " |\n"


def main() -> None:
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PAGE} written\n")


if __name__ == "__main__":
    main()
