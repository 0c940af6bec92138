"""Writes docs/reasons.md from the catalogue: `python -m controller.daemon.reasons_page`.

One rule: the page is made, never edited; a test compares it with the catalogue.
"""

import sys
from pathlib import Path

from controller.domain.reasons import CATALOGUE, Reason
from controller.domain.refusals import REFUSALS, Refusable

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


REFUSED = """
## What else is turned away

Made from `controller/domain/refusals.py`: acts and inputs that the core does not carry out, beside all reasons above. What
exactly was seen and what to do stands in the refusal itself, in both languages (`controller/domain/sentences.py`).

| Code | What it means | 说明 | Next step | 处置 | Customs only |
|---|---|---|---|---|---|
"""


def page() -> str:
    rows = (_row(reason) for reason in CATALOGUE.values())
    return HEAD + "".join(rows) + REFUSED + "".join(_refused(one) for one in REFUSALS.values())


def _refused(one: Refusable) -> str:
    cells = (f"`{one.code}`", one.en, one.zh, one.next_en, one.next_zh, "yes" if one.customs_only else "")
    return "| " + " | ".join(cells) + " |\n"


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
