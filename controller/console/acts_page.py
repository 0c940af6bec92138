"""Writes docs/acts.md from the table of acts: `python -m controller.console.acts_page`.

One rule: the page is made, never edited; a test compares it with the table, and another asks the API for every cell.
"""

import sys
from pathlib import Path

from controller.console.act_table import ACT_TABLE, Act
from controller.console.people import ROLES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "acts.md"

HEAD = """\
# Who may do what

Made from `controller/console/act_table.py` by `make docs`. "yes" = the role may ask for it; whether it is carried out depends
on the thing it is about. Whoever is not signed in may only stop. "Proof": password or PIN given within `proof_fresh_s` of
`[console]`. "Two people": a second, different person of these roles signs; the company's own hold (`company_hold`) is lifted
by one, every other hold only by the roles that its reason names ([reasons](reasons.md)), and only a hold that is open when the
first asks and when the second signs. Opening a carton has two officers of its own: one decides, another confirms.

"""


def page() -> str:
    header = "| Act | 操作 | What it is | " + " | ".join(f"`{role}`" for role in ROLES) + " | Proof | Two people |\n"
    return HEAD + header + "|---|---|---|" + "---|" * (len(ROLES) + 2) + "\n" + "".join(_row(act) for act in ACT_TABLE.values())


def _row(act: Act) -> str:
    cells = ["yes" if role in act.roles else "" for role in ROLES]
    flags = ["yes" if act.proof else "", "yes" if act.two_people else ""]
    return "| " + " | ".join((f"`{act.name}`", act.zh, act.en, *cells, *flags)) + " |\n"


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE} written\n")


if __name__ == "__main__":
    main()
