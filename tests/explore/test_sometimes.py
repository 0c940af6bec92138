"""The declared rare states: each name once, at least 60 of them, and nothing is counted that is not declared."""

import ast
from pathlib import Path

from controller.rehearsal import sometimes
from controller.rehearsal.sometimes import PREFIX, never
from controller.rehearsal.sometimes_names import NAMES


def test_names_are_declared_once_and_there_are_enough() -> None:
    assert len(NAMES) == len(set(NAMES))
    assert len(NAMES) >= 60


def test_what_was_not_met_is_named() -> None:
    met = {PREFIX + name: 1 for name in NAMES if name != "epoch wrapped"}
    assert never(met) == ["epoch wrapped"]
    assert len(never({})) == len(NAMES)


def test_every_state_that_is_counted_is_declared() -> None:
    """Names that are written out in the counting module; those made of parts are checked by their beginning."""
    tree = ast.parse(Path(sometimes.__file__).read_text(encoding="utf-8"))
    told = [node for node in ast.walk(tree) if isinstance(node, ast.Yield | ast.List | ast.GeneratorExp | ast.IfExp)]
    texts = {c.value for node in told for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str)}
    names = {text for text in texts if " " in text and not text.startswith(PREFIX)}
    unknown = [text for text in names if not any(name.startswith(text.rstrip()) for name in NAMES)]
    assert unknown == []
