"""Words of the pages: every key that a script asks for is there, in both languages, and none is there for nobody."""

import re

from controller.console.other_lines import FAULTS
from controller.console.pages import UI

SEVERAL = re.compile(r'"?([\w.]+)"?: \["((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\]')
LITERAL = re.compile(r"""["'`](officer\.[\w.]+)["'`]""")


def table() -> dict[str, tuple[str, str]]:
    text = (UI / "words" / "officer.js").read_text(encoding="utf-8")
    return {key: (zh, en) for key, zh, en in SEVERAL.findall(text)}


def scripts() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((UI / "officer").glob("*.js")))


def test_every_key_that_an_officers_script_names_has_words() -> None:
    known = table()
    named = set(LITERAL.findall(scripts()))
    assert len(named) > 60
    assert sorted(named - set(known)) == []


def test_both_languages_are_there_and_name_the_same_parameters() -> None:
    known = table()
    assert len(known) > 200
    for key, (zh, en) in known.items():
        assert zh.strip(), key
        assert en.strip(), key
        assert set(re.findall(r"\{(\w+)\}", zh)) == set(re.findall(r"\{(\w+)\}", en)), key
        if key not in ("officer.watermark", "officer.as_declared_kept", "officer.undo_kept"):
            assert not re.search(r"[一-鿿]", en), key


def test_every_reason_against_a_decision_says_what_and_what_next() -> None:
    work = (UI / "officer" / "work.js").read_text(encoding="utf-8")
    reasons = set(re.findall(r'found\.push\("(\w+)"\)', work)) | {"claimed_by_other", "claiming"}
    assert len(reasons) >= 12
    assert [one for one in sorted(reasons) for end in ("", "_next") if f"officer.against_{one}{end}" not in table()] == []


def test_every_cause_for_which_a_line_is_not_known_has_words() -> None:
    assert [one for one in FAULTS if f"officer.fault_{one}" not in table()] == []


def test_every_key_of_the_keyboard_and_every_tool_is_named() -> None:
    text = (UI / "officer" / "bindings.js").read_text(encoding="utf-8")
    looking = re.findall(r'"(\w+)"', text[text.index("LOOKING = [") : text.index("...TOOLS.map")])
    deciding = re.findall(r'"(\w+)"', text[text.index("DECIDING = [") : text.index("];")])
    tools = re.findall(r'"(\w+)"', (UI / "officer" / "tools.js").read_text(encoding="utf-8").split("TOOLS = [")[1].split("]")[0])
    assert (len(looking), len(deciding), len(tools)) == (21, 5, 8)
    wanted = [f"do_{one}" for one in looking] + [f"act_{one}" for one in deciding] + [f"tool_{one}" for one in tools]
    assert [one for one in wanted if f"officer.{one}" not in table()] == []


def test_every_other_key_is_used() -> None:
    text = scripts()
    made = set(re.findall(r"officer\.(\w+?)_\$\{", text))
    unused = [
        key for key in table()
        if f'"{key}"' not in text and not any(key.startswith(f"officer.{one}_") for one in made)
        and f'"{key.removeprefix("officer.goods_")}"' not in text
    ]  # fmt: skip
    assert unused == []
