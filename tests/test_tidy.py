"""The house rules that a tool can check: sizes, names, banned calls, generated pages, nothing of a workplace."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from controller.daemon import alarms_page
from controller.daemon.reasons_page import PAGE, page
from controller.domain.reasons import CATALOGUE

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("controller", "drivers", "simulators")
LINES_MOST = 420
FUNCTION_LINES_MOST = 75
BANNED_NAMES = ("utils", "helpers", "manager", "common", "misc")
# What runs on the loop takes time, chance and ids from what it is given; these rooms may ask the system.
BANNED_CALLS = {
    "time.time", "time.monotonic", "time.sleep", "datetime.now", "datetime.utcnow", "random.random", "random.randint",
    "random.choice", "uuid.uuid4", "os.urandom", "asyncio.wait_for",
}  # fmt: skip
# The program that starts the simulators hands its clock to the simulated customs.
MAY_ASK_THE_SYSTEM = {"controller/daemon/clock.py", "controller/daemon/ports.py", "simulators/__main__.py"}


def modules(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", modules(*PRODUCT), ids=name_of)
def test_a_module_is_small_named_for_what_it_does_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert path.stem not in BANNED_NAMES
    assert len(text.splitlines()) <= LINES_MOST
    if tree.body:
        assert ast.get_docstring(tree), "a module begins with what it is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or node.lineno) - node.lineno < FUNCTION_LINES_MOST, node.name


@pytest.mark.parametrize("path", modules(*PRODUCT), ids=name_of)
def test_time_chance_and_ids_are_handed_in(path: Path) -> None:
    if name_of(path) in MAY_ASK_THE_SYSTEM:
        return
    calls = {ast.unparse(n.func) for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)}
    assert not calls & BANNED_CALLS


def test_every_code_that_is_used_is_in_the_catalogue() -> None:
    used: set[str] = set()
    for path in modules("controller/line"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Blocker", "hold_line"):
                words = {str(a.value) for a in node.args[:2] if isinstance(a, ast.Constant)}
                used |= {word for word in words if re.fullmatch(r"[a-z]+_[a-z_]+", word)}
    assert used
    assert used <= set(CATALOGUE)


def test_every_reason_speaks_both_languages_and_names_who_may_lift_it() -> None:
    for reason in CATALOGUE.values():
        assert all((reason.zh, reason.en, reason.next_zh, reason.next_en, reason.lift)), reason.code
        assert re.search(r"[\u4e00-\u9fff]", reason.zh), reason.code


def test_the_page_of_reasons_is_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make docs"


def test_nothing_of_a_workplace_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout")
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if name == "uv.lock" or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not re.search(r"(?<![\w.])/(work|root|home/\w+)/", text), name


def test_the_table_of_alarms_is_the_catalogue() -> None:
    written = alarms_page.PAGE.read_text(encoding="utf-8")
    assert written == alarms_page.page(written), "make docs"


def test_every_test_that_a_page_names_exists() -> None:
    named = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    found = {place for page in pages for place in named.findall(page.read_text(encoding="utf-8"))}
    assert found
    missing = [
        f"{path}::{name}"
        for path, name in sorted(found)
        if not (ROOT / path).is_file() or not re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
    ]
    assert not missing


def test_a_mark_stands_where_the_makefile_looks_for_it() -> None:
    """`make test` reads for each mark only the `test_*.py` that name it: a mark given any other way would be left out."""
    kinds = "wire|kill|models|explore|browser"
    loop = r"pytest\.mark\.asyncio\("  # says on which loop a test runs, not whether
    astray = re.compile(rf"\badd_marker\((?!{loop})|\bpytest import\b.*\bmark\b|\bpytest_collection_modifyitems\b")
    for path in modules("tests"):
        text = path.read_text(encoding="utf-8")
        assert path == Path(__file__) or not astray.search(text), path
        assert path.name.startswith("test_") or not re.search(rf"\bmark\.({kinds})\b", text), path
