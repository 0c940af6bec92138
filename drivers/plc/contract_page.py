"""Makes the page of the PLC contract's register tables from their data file.

One rule: the page says nothing that the data file does not say. Use:
`python -m drivers.plc.contract_page docs/contract/cil1.toml docs/contract/cil1.md`
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

INTRO = """# PLC contract {title}: register tables

Version {version}. Made from `cil1.toml` by `python -m drivers.plc.contract_page`; change that file, not this page.

All values are 16-bit words; a request has at most {max_registers} registers. Offsets count from the base of the
block; bases are configuration, the defaults are given here. A lane goes over the wire as `lane << 8 | (255 - lane)`,
and any other pattern is no lane. The check word of a command or a decision is the complement of the 16-bit sum of
its other words. Sequence 0 and session 0 mean "nothing".
"""

CODE_TABLES = (
    ("lanes", "Lanes"),
    ("results", "Results of decisions and commands"),
    ("events", "Event types"),
    ("divert_reasons", "Why a carton was diverted (arg2 of DIVERTED)"),
    ("commands", "Commands"),
    ("plc_flags", "FLAGS bits (block S)"),
    ("host_flags", "HOST_FLAGS bits (block H)"),
    ("decision_flags", "Decision flag bits"),
)


def render(data: dict[str, Any]) -> str:
    """The whole page as Markdown."""
    parts = [INTRO.format(**data)]
    parts.extend(_block(key, block) for key, block in data["block"].items())
    parts.extend(_codes(title, data[key]) for key, title in CODE_TABLES)
    return "\n".join(parts)


def _block(key: str, block: dict[str, Any]) -> str:
    size = f"{block['words']} words" if block["records"] == 1 else f"{block['records']} x {block['words']} words"
    lines = [
        f"## {block['name']} block {key}",
        "",
        f"{size}, default base {block['default_base']}, written by the {block['access']}: {block['meaning']}.",
        "",
        "",
    ]
    return "\n".join(lines) + _rows(block["words_of_record"])


def _codes(title: str, rows: list[dict[str, Any]]) -> str:
    return f"## {title}\n\n" + _rows(rows)


def _rows(rows: list[dict[str, Any]]) -> str:
    columns = list(rows[0])
    head = f"| {' | '.join(column.replace('_', ' ') for column in columns)} |\n|{'---|' * len(columns)}\n"
    return head + "".join(
        f"| {' | '.join(str(row[column]).replace('|', chr(92) + '|') for column in columns)} |\n" for row in rows
    )


def main(source: str, page: str) -> None:
    Path(page).write_text(render(tomllib.loads(Path(source).read_text("utf-8"))), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
