"""A day of officers, told to the company by every way it hears of the line: stream, MQTT, log and the story of a carton."""

import ast
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import msgspec
import pytest
from msgspec.structs import replace

from controller.console.views import happened, values
from controller.console.words import words
from controller.daemon.acts import ACTS
from controller.daemon.answers import print_story
from controller.daemon.event_log import event_log
from controller.daemon.questions import JournalQuestions
from controller.daemon.running import JsonLines
from controller.domain.alarms import ALARMS, hidden
from controller.domain.reasons import Role
from controller.line.afterwards_events import SampleReviewed
from controller.line.belt import PlcFlag
from controller.line.commands import Outcome
from controller.line.custody_events import CustodyEnded, CustodyMoved
from controller.line.event_base import EvidenceNamed
from controller.line.events import AnyEvent, CartonRemoved, DeviceDown, HoldLifted, HoldPlaced, Stamped
from controller.line.explain import OF_CUSTOMS, View, company_text, why
from controller.line.inspection_events import ImageFinding, ImageRefused, ImageTaken, InspectionEvent, Rule, SelectionFailed
from controller.line.plc_events import PlcStatus, PlcStatusChanged
from controller.line.recheck_events import RecheckAbandoned, RecheckOpened
from controller.line.record_events import RecordEvent
from controller.line.shift_events import RulesSigned
from controller.line.state import LineState
from controller.records.story import story as story_of
from controller.telemetry.company_view import happenings
from tests.console.story_bench import journaled, recorded
from tests.line.line_story import RUNNING, declared, s10
from tests.line.xray_story import XRAY, XrayStory

UI_WORDS = Path(__file__).resolve().parents[2] / "controller" / "console" / "ui" / "words" / "operator.js"
A, B = s10(10000001), s10(10000002)
FOUND = ImageFinding("metal_high", "41 % of its mass is metal")
OWN = (
    "picture_unanswered", "selection_failed", "no secret", "metal", "zhang.wei", "lin.tao", "Verdict", "ImageAnalysed",
    "Selection", "verdict_", "nothing to hold", "judged",
)  # fmt: skip


@pytest.fixture
def day() -> XrayStory:
    """One image that nobody judged in time, a draw that failed, and officers who contradict each other."""
    story = XrayStory()
    story.ready(A, B)
    story.before_tunnel(1, A)
    story.through(1)
    story.analysed(1, FOUND)
    story.feed(PlcStatusChanged(PlcStatus(11, int(RUNNING & ~PlcFlag.RUNNING), 0, 0, 0, 0xFFFF, 0)))
    story.feed(DeviceDown("scale", "unplugged", "no answer"))
    story.wait(61_000)
    story.state.cartons[f"EMS001/{B}"] = replace(story.state.cartons[f"EMS001/{B}"], selection="asked")
    story.feed(SelectionFailed(f"EMS001/{B}", "no secret"))
    story.verdict(1, "clear", by="zhang.wei")
    story.undo(1, by="lin.tao")
    story.verdict(1, "open", by="zhang.wei")
    story.verdict(1, "clear", by="lin.tao")
    story.feed(HoldPlaced("H9", "carton", "nothing to hold", "officer_hold", "metal"), role=Role.OFFICER, actor="zhang.wei")
    assert {"picture_unanswered", "selection_failed"} <= {alarm.code for alarm in story.alarms()}
    refused = [one.code for outcome in story.outcomes for one in outcome.refusals]
    assert refused == ["verdict_of_another", "verdict_stands", "target_unknown"]
    return story


def rows(story: XrayStory) -> Iterator[tuple[int, Stamped, Outcome]]:
    for seq, (stamped, outcome) in enumerate(zip(story.stamped, story.outcomes, strict=True), start=1):
        yield seq, stamped, outcome


def nothing_of_customs(text: str) -> None:
    assert [word for word in OWN if word in text] == []


def test_the_stream_has_no_alarm_for_the_company_where_customs_is_called(day: XrayStory) -> None:
    told, seen = (
        [one for row in rows(day) for one in happened(*row, view)] for view in (View.COMPANY, View.CUSTOMS)
    )  # fmt: skip
    nothing_of_customs(json.dumps(told))
    alarms = [one["code"] for one in seen if one["kind"] == "alarm"]
    assert "picture_unanswered" in alarms
    assert [one["code"] for one in told if one["kind"] == "alarm"] == [code for code in alarms if not hidden(str(code))]


def test_mqtt_has_no_alarm_where_customs_is_called(day: XrayStory) -> None:
    told = [one for row in rows(day) for one in happenings(1, *row)]
    nothing_of_customs(json.dumps(told))
    expected = [alarm.code for alarm in day.alarms() if not hidden(alarm.code)]
    assert [one["code"] for one in told if one["kind"] == "alarm"] == expected


def test_the_log_names_no_officer_no_verdict_and_no_carton_that_one_was_refused_for(
    day: XrayStory, caplog: pytest.LogCaptureFixture
) -> None:
    tell = event_log("XY-1", "b00t")
    with caplog.at_level(logging.INFO, logger="xiyong.line"):
        for row in rows(day):
            tell(*row)
    told = [json.loads(JsonLines().format(record)) for record in caplog.records]
    nothing_of_customs(json.dumps(told))
    refusals = [one for one in told if one["message"].startswith("refused")]
    assert [(one["message"], one["event"], one["actor"]) for one in refusals] == [
        ("refused: customs_check", "customs_check", "customs")
    ] * 3
    assert all("act_id" not in one for one in refusals)


class FromStory(JournalQuestions):
    """The questions of a command, with the rows of a story instead of a journal's."""

    def __init__(self, told: XrayStory) -> None:
        self._told = told

    @property
    def state(self) -> LineState:
        return self._told.state

    def story(self, subjects: tuple[str, ...]) -> list[tuple[int, Stamped, Outcome]]:
        return [row for row in rows(self._told) if not set(subjects).isdisjoint(row[2].touched)]

    def image_names(self) -> dict[str, str]:
        return {}

    def evidence_path(self, named: EvidenceNamed) -> Path:
        return Path(named.sha256)


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("code", [A, B])
def test_the_story_of_a_carton_does_not_tell_the_company_that_it_was_picked(
    code: str, as_json: bool, day: XrayStory, capsys: pytest.CaptureFixture[str]
) -> None:
    print_story(FromStory(day), code, as_customs=False, as_json=as_json)
    nothing_of_customs(capsys.readouterr().out)
    print_story(FromStory(day), code, as_customs=True, as_json=as_json)
    assert ("picture_unanswered" if code == A else "selection_failed") in capsys.readouterr().out


@pytest.fixture
def worked() -> XrayStory:
    """Acts of officers with their own words, on things that the company sees, too."""
    story = XrayStory(replace(XRAY, bench_readers=("bench",)))
    story.ready(A)
    story.before_tunnel(1, A)
    story.through(1)
    story.analysed(1)
    story.verdict(1, "open", by="zhang.wei")
    story.undo(1, by="zhang.wei")
    story.after_tunnel(1, A)
    story.divert(1, 1)
    acts: tuple[AnyEvent, ...] = (
        CartonRemoved(A, "open_box", "ivory? said informant"), CustodyMoved(A, "S1"), CustodyEnded(A, "ivory? not found"),
        RecheckOpened(A, "bench"), RecheckAbandoned(A, "ivory? wait for the laboratory"),
    )  # fmt: skip
    for event in acts:
        story.feed(event, role=Role.OFFICER, actor="zhang.wei")
    hold = ACTS["hold"](SimpleNamespace(state=story.state), "zhang.wei.p1234567", {"target": A, "cause": "ivory"})  # type: ignore[arg-type]
    story.feed(hold, role=Role.OFFICER, actor="zhang.wei")
    assert isinstance(hold, HoldPlaced)
    story.feed(HoldLifted(hold.hold_id, "ivory? no"), role=Role.OFFICER, actor="zhang.wei")
    story.feed(replace(hold, hold_id=hold.hold_id + "x"), role=Role.OFFICER, actor="zhang.wei")
    return story


def test_the_words_and_names_of_officers_are_in_no_story_of_the_company(
    worked: XrayStory, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    refused = [one.code for outcome in worked.outcomes for one in outcome.refusals]
    assert refused == [], "the day has what it is about"
    secret = ("zhang.wei", "ivory", "informant", "laboratory", "verdict")
    print_story(FromStory(worked), A, as_customs=False, as_json=True)
    told = capsys.readouterr().out
    assert [word for word in secret if word in told] == []
    assert "taken out of custody" in told, "that it happened the company sees"
    shown = values(worked.state, View.COMPANY)
    assert [word for word in secret if word in json.dumps(shown)] == []
    journal = journaled(worked, tmp_path)
    records = recorded(journal, tmp_path)
    one = story_of(records, journal, f"EMS001/{A}", View.COMPANY)
    records.dispose()
    page = msgspec.json.encode(one).decode()
    assert [word for word in secret if word in page] == []
    assert "taken out of custody" in page
    print_story(FromStory(worked), A, as_customs=True, as_json=True)
    assert "ivory? said informant" in capsys.readouterr().out


def looked_at(
    *, rule: bool = False, found: bool = False, opened: bool = False, held: bool = False, ordered: bool = False
) -> XrayStory:
    """A carton whose list waits for another one, and what customs has against it."""
    story = XrayStory()
    story.manifest(declared(A, pack_no=2))
    story.receipt(A, "800")
    story.load("L1", (A, A, 1, 2), (B, A, 2, 2))
    if rule:
        story.rules(Rule("R7", "ivory", gross_from_g=1))
    if held:
        story.feed(HoldPlaced("H9", "carton", f"EMS001/{A}", "officer_hold", "ivory"), role=Role.OFFICER, actor="zhang.wei")
    if ordered:
        story.receipt(A, "500", "20261123100000000")
    story.before_tunnel(1, A)
    story.through(1)
    story.analysed(1, *((FOUND,) if found or opened else ()))
    if opened:
        story.verdict(1, "open", by="zhang.wei")
    story.after_tunnel(1, A)
    story.wait(20_000)
    return story


@pytest.mark.parametrize(
    "of_customs", [("found",), ("rule",), ("rule", "found"), ("opened",), ("held",), ("ordered",), ("held", "rule", "found")]
)
def test_how_many_reasons_customs_has_and_which_group_they_are_of_is_in_no_list_of_codes(
    of_customs: tuple[str, ...], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    line = looked_at(**dict.fromkeys(of_customs, True))
    codes = ["list_incomplete", "customs_check"]
    assert line.last(1).lane == "inspect"
    for view in (happenings(1, *row) for row in rows(line)):
        assert all(one["codes"] == codes for one in view if one["kind"] == "decision")
    for told in (happened(*row, View.COMPANY) for row in rows(line)):
        assert all(one["codes"] == codes for one in told if one["kind"] == "decision")
    with caplog.at_level(logging.INFO, logger="xiyong.line"):
        for row in rows(line):
            event_log("XY-1", "b00t")(*row)
    logged = {one.getMessage() for one in caplog.records if one.getMessage().startswith("lane ")}
    assert logged == {"lane inspect for track 1:1: list_incomplete, customs_check"}
    journal = journaled(line, tmp_path)
    records = recorded(journal, tmp_path)
    page = story_of(records, journal, f"EMS001/{A}", View.COMPANY)
    records.dispose()
    assert {text.en for row in page.rows for text in row.texts if text.en.startswith("lane ")} == {
        "lane inspect: list_incomplete, customs_check"
    }
    assert {one.codes for row in page.rows for one in row.decisions} == {tuple(codes)}
    (answer,) = why(line.state, A, View.COMPANY)
    assert "list_incomplete, customs_check" in answer.headline
    assert [code for code, _, _ in answer.blockers].count("customs_check") == 1
    assert answer.blockers[-1][0] == "customs_check"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("lane inspect: rule_hit, verdict_late, list_incomplete", "lane inspect: list_incomplete, customs_check"),
        ("lane inspect: customs_inspection", "lane inspect: customs_check"),
        ("loading scan of A refused: verdict_open, not_scanned_in, officer_hold",
         "loading scan of A refused: not_scanned_in, customs_check"),
        ("gate g: plate P, seal S: refused for K/1 officer_hold, K/1 customs_detained, K/2 recalled and 3 more",
         "gate g: plate P, seal S: refused for K/2 recalled, K/1 customs_check and more"),
        ("gate g: plate P, seal S: refused for K/2 recalled, K/3 not_weighed and 3 more",
         "gate g: plate P, seal S: refused for K/2 recalled, K/3 not_weighed and more"),
        ("lane anomaly: weight_differs, no_read", "lane anomaly: weight_differs, no_read"),
        ("the reader said selected, and more", "the reader said customs_check, and more"),
    ],
)  # fmt: skip
def test_a_text_names_customs_own_once_behind_all_others(written: str, told: str) -> None:
    assert company_text(written) == told


@pytest.mark.parametrize("word", ["800", "300", "100", "500", "501", "700", "777"])
def test_what_customs_answered_on_a_list_is_in_no_story_of_the_company(word: str, tmp_path: Path) -> None:
    """Were all but orders told, a status that is not told would be one."""
    line = XrayStory()
    line.ready(A, status=word)
    line.before_tunnel(1, A)
    line.through(1)
    line.analysed(1)
    line.after_tunnel(1, A)
    line.divert(1, 3 if word == "800" else 1)
    line.receipt(A, "400" if word == "800" else "800", "20261123100000000")
    journal = journaled(line, tmp_path)
    records = recorded(journal, tmp_path)
    seen, told = (story_of(records, journal, f"EMS001/{A}", view) for view in (View.CUSTOMS, View.COMPANY))
    records.dispose()
    (answer,) = why(line.state, A, View.COMPANY)
    assert f"customs status: {word} at 20261123090000000" in msgspec.json.encode(seen).decode()
    assert [fact.text for fact in answer.facts if "status" in fact.text] == []
    texts = re.findall(r"customs status[^\"]*", msgspec.json.encode(told).decode())
    assert set(texts) == ({"customs status not shown after release"} if word == "800" else set())


def test_the_pause_of_the_infeed_does_not_say_to_the_company_what_it_waits_for() -> None:
    kind = ALARMS["infeed_paused"]
    page = [line for line in UI_WORDS.read_text(encoding="utf-8").splitlines() if '"why.infeed' in line]
    told = [*words(View.COMPANY)["infeed_paused"], kind.follows_zh, kind.follows_en, *page]
    assert len(told) == 8
    for word in ("customs", "officer", "picture", "image", "海关", "关员", "图", "queue", "积压"):
        assert not any(word in text for text in told), word


# What customs alone decides, orders and finds, and what its acts and work are called.
CUSTOMS_WORDS = re.compile(r"target|select|draw|risk|verdict|officer|recheck|inspection|finding|sample|rule|seal", re.IGNORECASE)
LOGS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})


def logged_texts() -> Iterator[tuple[str, str]]:
    """Every text that the daemon's own code gives to its log."""
    for path in sorted((Path(__file__).resolve().parents[2] / "controller").rglob("*.py")):
        if "rehearsal" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOGS:
                told = node.args[:1] if isinstance(node.func.value, ast.Name) and node.func.value.id == "log" else []
                for one in (inner for arg in told for inner in ast.walk(arg)):
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        yield path.name, one.value


def test_no_text_of_the_log_has_a_word_of_customs_work() -> None:
    texts = set(logged_texts())
    assert len(texts) > 50
    assert [one for one in sorted(texts) if CUSTOMS_WORDS.search(one[1])] == []


def test_a_fault_over_an_event_of_customs_is_told_without_the_event_and_what_is_in_it(caplog: pytest.LogCaptureFixture) -> None:
    fault = f"VerdictGiven: KeyError: 'EMS001/{A}'"
    with caplog.at_level(logging.INFO, logger="xiyong.line"):
        event_log("XY-1", "b00t")(1, XrayStory().stamped[0], Outcome(core_fault=fault))
    assert caplog.records[-1].getMessage() == "core fault: customs_check"
    assert company_text("CodesRead: KeyError: 'x'") == "CodesRead: KeyError: 'x'", "the machine's own are the company's"
    assert company_text("event_not_kept: RecordDrafted: 20000 bytes, at most 16384 are kept") == "event_not_kept: customs_check"


def test_all_that_is_found_drawn_ruled_and_judged_is_customs_own_and_what_the_machine_delivers_is_not() -> None:
    assert set(OF_CUSTOMS) == {*get_args(InspectionEvent), *get_args(RecordEvent), RulesSigned, SampleReviewed} - {
        ImageTaken,
        ImageRefused,
    }
