"""Writes docs/reasons.md from the catalogue: `python -m controller.daemon.reasons_page`.

One rule: the page is made, never edited; a test compares it with the catalogue.
"""

import sys
from pathlib import Path

from controller.domain.reasons import CATALOGUE, Reason

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reasons.md"

HEAD = """\
# Why a carton is not released

Made from `controller/domain/reasons.py` by `make docs`. A carton takes the release lane only when none of these stands
against it. "Open-box" reasons are suspicion, customs' order or an officer's verdict; everything else is run again once
its cause is mended.
Customs-only codes are shown to the company as `customs_check`.

| Code | Lane | What it means | 说明 | Next step | 处置 | Open-box | Customs only | A hold of this code is lifted by |
|---|---|---|---|---|---|---|---|---|
"""


def page() -> str:
    return HEAD + "".join(_row(reason) for reason in CATALOGUE.values())


def _row(reason: Reason) -> str:
    flags = ("yes" if reason.suspicion else "", "yes" if reason.customs_only else "")
    texts = (reason.en, reason.zh, reason.next_en, reason.next_zh)
    cells = (f"`{reason.code}`", reason.lane.value, *texts, *flags, ", ".join(reason.lift))
    return "| " + " | ".join(cells) + " |\n"


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE} written\n")


if __name__ == "__main__":
    main()
