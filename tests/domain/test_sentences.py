"""Two languages: every code and every sentence that the core can produce has Chinese words, and reads back to what was said."""

import ast
import re
from pathlib import Path

import pytest

from controller.console.words import words
from controller.domain.reasons import Role
from controller.domain.refusals import REFUSALS
from controller.domain.sentence_words import ROLES, WORDS
from controller.domain.sentences import in_chinese, in_english, recognised
from controller.domain.sentences_told import TOLD
from controller.domain.sentences_why import WHY
from controller.line.belt import Result
from controller.line.belt import Why as DivertWhy
from controller.line.explain import View
from controller.line.gate_check import RESULTS
from controller.line.housekeeping import COMMANDS
from controller.line.recheck_state import OUTCOMES, PARTIES
from controller.line.record_state import APPROVED, DRAFT, ELSEWHERE, FILED, SUBMITTED
from controller.line.verdicts import VERDICTS
from tests.domain.sentences_of_the_core import HOLE, sentences

LINE = Path(__file__).resolve().parents[2] / "controller" / "line"
PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
LATIN = re.compile(r"[A-Za-z][\w'-]*(?:[ ,;:]+[A-Za-z][\w'-]*){3,}")
# What reports that something failed, by its name; and what says so to whoever called it, not to a screen.
FAILS = re.compile(
    r"\w*(?:Lost|Down|Fault|Bad\w+|Error|NotTaken|Refused)|_(?:down|lost|tell_down|wrong|skip|give_up|not_seen|fault)|fail"
)
FOR_CALLERS = {"PlcRefusalError", "ActError", "ActArgumentError", "RecordsError"}
# Modules whose texts are for the command line, which speaks English with the codes in both languages, or for nobody.
FOR_OTHERS = {"explain.py", "state.py", "dry_run.py", "commands.py"}
# Parts of sentences, which stand whole in another place of the list, and what is no text for people.
PARTS = {
    f"{HOLE} {HOLE}", f"{HOLE}: {HOLE}", f"{HOLE}: {HOLE}: {HOLE}", f"{HOLE} and {HOLE}", f"{HOLE} ({HOLE})", f"{HOLE} to {HOLE}",
    f"{HOLE} at {HOLE}", f"{HOLE} ({HOLE}) confirmed", f"{HOLE} (nothing) confirmed", f"{HOLE} (nothing)", f"{HOLE} confirmed",
    f"{HOLE} and {HOLE} more", "customs look: ", f"declared {HOLE}", f"found {HOLE}", "not written yet", "emergency release",
    f", let go by {HOLE} in spite of {HOLE}", f", {HOLE} out of service", f"notice plate {HOLE}", "no load notice",
    f"{HOLE} {HOLE}, new seal {HOLE}", "leave 放行", "do not open 不放行", "a person looks 待人工确认", "induct read",
    "verify read", "customs look", f"{HOLE}, {HOLE} mm, files {HOLE} {HOLE}",
    f"{HOLE}: {HOLE} (nothing)", f"{HOLE}: {HOLE} confirmed",
    f"{HOLE}: {HOLE} ({HOLE})", f"{HOLE}: {HOLE} ({HOLE}) confirmed", f"{HOLE}: {HOLE} (nothing) confirmed",
    *(f"gate {HOLE}: plate {plate}, seal {seal}: " for plate in (HOLE, "-") for seal in (HOLE, "-")),
}  # fmt: skip


def loosely(en: str) -> re.Pattern[str]:
    """The sentence with anything in its places, a hole too."""
    parts, at = [], 0
    for place in PLACE.finditer(en):
        parts += [re.escape(en[at : place.start()]), ".*"]
        at = place.end()
    return re.compile("".join([*parts, re.escape(en[at:])]), re.DOTALL)


KNOWN = [loosely(en) for en, _ in (*TOLD, *WHY) if len(PLACE.sub("", en).strip(" :;,()")) > 1]


@pytest.mark.parametrize("path", [p for p in sorted(LINE.glob("*.py")) if p.name not in FOR_OTHERS], ids=lambda path: path.stem)
def test_every_sentence_of_the_core_is_in_the_catalogue(path: Path) -> None:
    missing = {
        (line, text.replace(HOLE, "{}")) for line, text in sentences(path)
        if text not in PARTS and recognised(text.replace(HOLE, "x")) is None and not any(one.fullmatch(text) for one in KNOWN)
    }  # fmt: skip
    assert sorted(missing) == []


def test_the_walk_finds_what_the_core_says() -> None:
    found = {text for path in LINE.glob("*.py") for _, text in sentences(path)}
    assert len(found) > 450
    assert {f"departed in container {HOLE}: pass {HOLE}, plate {HOLE}, gate {HOLE}", f"weight: {HOLE} g"} <= found


@pytest.mark.parametrize(("en", "zh"), [*TOLD, *WHY], ids=lambda text: text[:40])
def test_a_sentence_is_chinese_and_has_the_same_places(en: str, zh: str) -> None:
    names = [name for name, _ in PLACE.findall(en)]
    assert len(names) == len(set(names))
    assert set(PLACE.sub("{\\1}", zh).count("{" + name + "}") for name in names) <= {0, 1}
    assert {name for name, _ in PLACE.findall(zh)} <= set(names)
    assert not LATIN.search(PLACE.sub("", zh).replace("xiyong carton", ""))
    if PLACE.sub("", en).strip(" :;,()"):
        assert re.search("[一-鿿]", zh) or set(names) == {name for name, _ in PLACE.findall(zh)}


def test_every_code_that_the_core_can_refuse_or_alarm_with_has_words() -> None:
    """The walk is over calls and over the tuples that are handed on to them."""
    at = {"refuse": 0, "Refusal": 0, "alarm": 0, "Blocker": 0, "spoil": 2, "hold_line": 1, "stands": 0, "place": 3}
    codes: set[str] = set()
    for path in sorted(LINE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Tuple) and node.elts:
                codes |= {one for one in _constants(node.elts[0]) if "_" in one and re.fullmatch(r"[a-z]+(_[a-z]+)+", one)}
            if not isinstance(node, ast.Call):
                continue
            method = isinstance(node.func, ast.Attribute)
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = 1 if name == "refuse" and not method else at.get(name, -1)
            if 0 <= place < len(node.args):
                codes |= set(_constants(node.args[place]))
    codes -= {"scanned", "counted", "container", "rerun_as"}
    known = words(View.CUSTOMS)
    assert len(codes) > 140
    assert sorted(one for one in codes if re.fullmatch(r"[a-z_]+", one) and one not in known) == []


def test_every_code_that_a_device_a_link_or_a_helper_fails_with_has_words() -> None:
    """Whatever is handed to what reports a failure, in the drivers and in what the daemon does for the line."""
    room = LINE.parent
    files = [*sorted((room.parent / "drivers").rglob("*.py")), *sorted((room / "daemon").glob("*.py"))]
    files += [room / "telemetry" / "publisher.py", room / "console" / "record_filing.py", room / "records" / "evidence.py"]
    known, codes = words(View.CUSTOMS), set[str]()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                given = [*node.args, *(one.value for one in node.keywords if one.arg == "code")]
                if FAILS.fullmatch(name) and name not in FOR_CALLERS:
                    codes |= {text for one in given for text in _constants(one) if re.fullmatch(r"[a-z]+(_[a-z]+)+", text)}
    assert len(codes) > 60
    assert sorted(codes - set(known) - {"next_step"}) == []


def _constants(node: ast.expr) -> list[str]:
    return [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def test_every_code_says_what_and_what_next_in_both_languages() -> None:
    for code, row in words(View.CUSTOMS).items():
        assert all(text.strip() for text in row), code
        for zh in (row[0], row[2]):
            assert re.search("[一-鿿]", zh), code
            assert not LATIN.search(zh.replace("xiyong", "").replace("[export] key_file", "")), code
        assert not re.search("[一-鿿]", row[1] + row[3]), code


def test_the_company_gets_no_word_of_an_act_that_is_of_customs() -> None:
    company = words(View.COMPANY)
    assert not {one.code for one in REFUSALS.values() if one.customs_only} & set(company)
    assert {"alarm_out_of_service", "door_taken", "seal_used"} <= set(company)


def test_every_word_that_can_stand_in_a_place_is_known() -> None:
    assert set(ROLES) == {str(one) for one in Role}
    assert set(WORDS["why"]) == {one.name.lower() for one in DivertWhy}
    assert set(WORDS["result"]) == {one.name.lower() for one in Result}
    assert set(OUTCOMES) <= set(WORDS["outcome"])
    assert set(VERDICTS) == set(WORDS["verdict"])
    assert set(PARTIES) <= set(WORDS["party"])
    assert set(COMMANDS) | {"mute"} == set(WORDS["command"])
    assert {str(one) for one in RESULTS} == set(WORDS["check"])
    assert {DRAFT, SUBMITTED, APPROVED, FILED, ELSEWHERE} == set(WORDS["stage"])


@pytest.mark.parametrize(
    ("said", "zh"),
    [
        ("confirmed on lane inspect (link_lost)", "确认进入查验道 (与主机断开)"),
        ("lane inspect-2: weight_differs, verify_missing", "判inspect-2: 重量超差、复读缺失"),
        ("hold L4 recalled by line: its list was changed or withdrawn", "line 扣留 L4 (召回): 清单已改或撤销"),
        ("customs look: the analyser points at metal_high 41 % of the mass is metal, 20 % may be by what is declared",
         "海关: 分析器提示: 金属占比高于申报货物: 金属占 41 %, 按申报可有 20 %"),
        ("moved into custody at cage 2 from custody cage 1 by zhang", "zhang 由 暂存位 cage 1 移入暂存位 cage 2"),
        ("operator may not lift customs_check", "操作员不可解除 海关查看"),
        ("operator may not judge an image", "操作员不可判图"),
        ("ask officer or section_chief", "请关员、科长操作"),
        ("weight and declaration differ by more than the tolerance: scale 9 g, declared 5 g, tolerance 2 g",
         "重量超差: 秤重 9 克, 申报 5 克, 允差 2 克"),
        ("gate g1: plate -, seal S1: waits for C1 gate_unread, K1 recalled and 3 more",
         "卡口 g1: 车牌 -, 封志 S1: 待 C1 卡口未识别, K1 召回 等, 另 3 项"),
        ("gate g1: plate -, seal S1: refused for C1 gate_unread, K1 customs_check and more",
         "卡口 g1: 车牌 -, 封志 S1: 拒绝, C1 卡口未识别, K1 海关查看 等"),
        ("the analyser gave no answer: a person looks: no answer within 900 ms", "图像分析失败: 900 毫秒内无答复"),
        ("induct read: no_read (nothing)", "入线读码: 未读到条码 (无)"),
        ("customs look: zhou and wu: short 06901234567892 declared 3 found 1; no_code declared 0 found 2 no trace code T1: ok",
         "海关: zhou、wu: 短少 06901234567892 申报 3 实有 1; 无码 申报 0 实有 2 无溯源码 T1: ok"),
    ],
)  # fmt: skip
def test_a_sentence_reads_back_with_what_was_filled_in(said: str, zh: str) -> None:
    assert in_chinese(said) == zh


def test_what_a_person_typed_or_a_device_said_stays_as_it_is() -> None:
    for text in ("please look at this one again tomorrow", "封签破损", ""):
        assert in_chinese(text) == text
    assert recognised("please look at this one again tomorrow") is None


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("north gate_container_unknown", "north: no container with this number was loaded here"),
        (
            "north gate_pass_missing, CTN1 gate_plate_differs and 3 more",
            "north: the container has no gate pass that stands; CTN1: the plate is not the one of the gate pass and 3 more",
        ),
        ("refused for: north gate_pass_missing", "refused for: north: the container has no gate pass that stands"),
        ("CTN1 customs_check and more", "CTN1: customs looks at it and more"),
        ("list_incomplete, customs_check", "list_incomplete, customs_check"),
        ("the barrier is opened for it", "the barrier is opened for it"),
        ("north nobody_knows_this", "north nobody_knows_this"),
    ],
)
def test_things_with_their_codes_say_in_english_what_each_code_means(written: str, told: str) -> None:
    assert in_english(written) == told
