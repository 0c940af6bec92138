"""What the commands print: the same answer as text for people and as JSON for programs.

One rule: an answer fits one screen and ends with the next step.
"""

import difflib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from controller.daemon.questions import JournalQuestions
from controller.daemon.recovery import recover
from controller.daemon.service import paths_of
from controller.daemon.taken import ask
from controller.domain.identifiers import normalise
from controller.domain.reasons import CATALOGUE
from controller.line.event_base import EvidenceNamed
from controller.line.explain import View, Why, company_alarm, company_origin, company_told, why
from controller.line.state import LineState
from controller.records.anchors import ANCHORS_NAME
from controller.records.errors import RecordsError
from controller.records.journal_file import open_reader
from controller.records.story import COMPANY_SEES_FILES, evidence_of
from controller.records.verify import verify
from controller.settings.model import Settings

FACTS_SHOWN = 12
ANSWERS_IN_FULL = 2
RERUN_STEP = "\n      next step: put it on the induct again 重新上线"
PLACES_ZH = {"inspect": "查验道", "anomaly": "异常道", "release": "放行道", "on_belt": "在线", "open_box": "开箱复验"}
IMPORT_STEP = "mend the file and import it again: a part that was not taken may be the one that holds a carton"
SHOWN_IN_A_LANE = 4
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")


def clock(line_ms: int) -> str:
    """Line time as h:mm:ss.mmm, or blanks where there is none."""
    if line_ms < 0:
        return " " * 11
    seconds, ms = divmod(line_ms, 1000)
    return f"{seconds // 3600:d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}"


def print_why(questions: JournalQuestions, code: str, as_customs: bool, as_json: bool) -> int:
    found = why(questions.state, code, View.CUSTOMS if as_customs else View.COMPANY)
    if not found:
        cause = f"nothing is known of {code}: it is on no list or notice, and no reader has read it"
        return _say_failed("carton_unknown", cause, "check the number on the label, or import its list and load notice",
                           as_json, 1, answers=[])  # fmt: skip
    if as_json:
        print(json.dumps({"ok": True, "answers": msgspec.to_builtins(found)}, ensure_ascii=False))
    else:
        _print_whys(found, questions.state)
    return 0


def files_told(texts: Sequence[str], kept: Sequence[EvidenceNamed], names: Mapping[str, str]) -> list[EvidenceNamed]:
    """Files that a text names by hash: an image may have come with an event before the one that says whose it is."""
    known = {one.sha256 for one in kept}
    found = dict.fromkeys(sha for text in texts for sha in _SHA256.findall(text) if sha not in known)
    return [EvidenceNamed(sha, -1, names.get(sha, f"file {sha[:12]}")) for sha in found]


def _print_whys(found: tuple[Why, ...], state: LineState) -> None:
    """The newest in full, older ways over the belt in a line each: one screen."""
    for answer in found[:ANSWERS_IN_FULL]:
        _print_one_why(answer, state)
    for answer in found[ANSWERS_IN_FULL:]:
        print(f"{answer.subject}: {answer.headline}  (more: xiyong why {answer.subject.split()[-1]})")
    if any(answer.facts for answer in found):
        print("(times are line time since this journal began; xiyong carton shows the clock's beside them)")


def _print_one_why(answer: Why, state: LineState) -> None:
    print(f"{answer.subject}: {answer.headline}")
    print(f"  stands: {answer.place}    ordered: {answer.ordered or '-'}    confirmed: {answer.confirmed or '-'}")
    for fact in answer.facts[:FACTS_SHOWN]:
        print(f"  {clock(fact.at_ms)}  {fact.text}")
    passage = state.passages.get(answer.subject.removeprefix("track "))
    if passage is not None and passage.rerun_as:
        print(f"  its number came again as track {passage.rerun_as}")
    elif not answer.blockers:
        in_a_lane = answer.confirmed == answer.place != "release"
        print("  nothing speaks against release now" + (RERUN_STEP if in_a_lane else ""))
    for code, cause, next_step in _without_repeats(answer.blockers):
        print(f"  [{code} {_zh(code)}] {cause}\n      next step: {next_step}{_next_zh(code, next_step)}")


def _without_repeats(blockers: tuple[tuple[str, str, str], ...]) -> list[tuple[str, str, str]]:
    """A blocker that only repeats the beginning of another of the same code says nothing more."""
    return [b for b in blockers if not any(o[0] == b[0] and len(o[1]) > len(b[1]) and o[1].startswith(b[1]) for o in blockers)]


def _zh(code: str) -> str:
    return CATALOGUE[code].zh if code in CATALOGUE else "海关查看"


def _next_zh(code: str, next_step: str) -> str:
    if code not in CATALOGUE:
        return " 交海关处理"
    return f" {CATALOGUE[code].next_zh}" if next_step == CATALOGUE[code].next_en else ""


def print_story(questions: JournalQuestions, code: str, as_customs: bool, as_json: bool) -> int:
    state = questions.state
    keys = state.numbers.get(normalise(code)) or ((code,) if code in state.cartons else ())
    if not keys:
        return print_why(questions, code, as_customs, as_json)
    subjects = questions.subjects_of(keys)
    rows: list[dict[str, Any]] = []
    names = questions.image_names() if as_customs else {}
    for seq, stamped, outcome in questions.story(subjects):
        texts = [f.text for f in outcome.findings if f.subject in subjects]
        alarms = [a for a in outcome.alarms if a.subject in subjects and (as_customs or company_alarm(a) is not None)]
        texts += [f"alarm {a.code}: {a.detail}" for a in alarms]
        if not as_customs:
            words = state.facts.profile.released_words if state.facts.profile is not None else ()
            texts = [shown for text in texts if (shown := company_told(stamped, text, words))]
        kept = evidence_of(stamped.event) if as_customs or isinstance(stamped.event, COMPANY_SEES_FILES) else []
        if as_customs:
            kept += files_told(texts, kept, names)
        if texts:
            kind, actor = type(stamped.event).__name__, stamped.actor
            if not as_customs:
                kind, actor, _ = company_origin(stamped)
            rows.append({
                "seq": seq, "line_ms": stamped.line_ms, "utc": stamped.utc, "kind": kind,
                "actor": actor, "texts": texts,
                "evidence": [{"name": one.name, "path": str(questions.evidence_path(one))} for one in kept],
            })  # fmt: skip
    if as_json:
        print(json.dumps({"ok": True, "cartons": list(keys), "rows": rows}, ensure_ascii=False))
        return 0
    print(f"carton {', '.join(keys)}")
    print("   record  clock           line time    who           what")
    for row in rows:
        at = datetime.fromisoformat(row["utc"]).astimezone().strftime("%m-%d %H:%M:%S")
        for text in row["texts"]:
            print(f"  {row['seq']:>7}  {at}  {clock(row['line_ms'])}  {row['actor']:<12.12}  {text}")
        for one in row["evidence"]:
            print(f"{' ' * 53}{one['name']}: {one['path']}")
    _print_whys(why(state, code, View.CUSTOMS if as_customs else View.COMPANY), state)
    return 0


def print_lanes(questions: JournalQuestions, as_json: bool) -> int:
    places = _places(questions.state)
    if as_json:
        print(json.dumps({"ok": True, "places": places}, ensure_ascii=False))
        return 0
    for place, cartons in places.items():
        zh = PLACES_ZH.get(place, "")
        more = f" and {len(cartons) - SHOWN_IN_A_LANE} more" if len(cartons) > SHOWN_IN_A_LANE else ""
        line = f"{place:<12} {zh}{' ' * (8 - 2 * len(zh))} {len(cartons):>5}  {', '.join(cartons[:SHOWN_IN_A_LANE])}{more}"
        print(line.rstrip())
    print("(one of them: xiyong why NUMBER, or for a track xiyong why EPOCH:ID; all: --json)")
    return 0


def _places(state: LineState) -> dict[str, list[str]]:
    """Cartons by the place where they were last confirmed; tracks without identity by the lane they took."""
    profile = state.facts.profile
    places: dict[str, list[str]] = {lane.name: [] for lane in (profile.lanes if profile is not None else ())}
    places["on_belt"] = []
    for carton in state.cartons.values():
        if carton.place != "expected":
            places.setdefault(carton.place, []).append(carton.carton_no)
    for passage in state.passages.values():
        if passage.carton or passage.rerun_as:
            continue
        place = passage.diverted_lane or ("on_belt" if not passage.ended else "unidentified")
        places.setdefault(place, []).append(f"track {passage.key}")
    return places


def journal_of(settings: Settings) -> tuple[Path, Path]:
    paths = paths_of(settings)
    return paths.journal, paths.anchors / ANCHORS_NAME


def print_verify(journal: Path, anchors: Path | None, replay: bool, as_json: bool) -> int:
    if not journal.is_file():
        return _say_failed("no_journal", f"there is no journal at {journal}",
                           "give the path of a journal, or --data of its line", as_json, 2)  # fmt: skip
    report = verify(journal, anchors)
    answer: dict[str, Any] = {
        "ok": report.ok, "rows": report.rows, "first_bad_seq": report.first_bad_seq,
        "fault": report.fault.value if report.fault is not None else None, "cause": report.cause,
        "next_step": report.next_step, "anchors_checked": report.anchors_checked, "unanchored_rows": report.unanchored_rows,
    }  # fmt: skip
    if report.ok and replay:
        answer |= _replayed(journal)
    return _verify_answer(answer, as_json, 0 if answer["ok"] else 1)


def _replayed(journal: Path) -> dict[str, Any]:
    reader = open_reader(journal)
    try:
        recovered = recover(reader, from_zero=True)
    except RecordsError as error:
        return {"ok": False, "fault": error.code, "cause": error.cause, "next_step": error.next_step}
    finally:
        reader.close()
    if recovered.differs_at:
        return {"ok": False, "fault": "replay_differs", "first_bad_seq": recovered.differs_at,
                "cause": f"row {recovered.differs_at} has another outcome when its event is applied again",
                "next_step": "compare with the version that wrote it"}  # fmt: skip
    return {"replayed": recovered.replayed}


def _verify_answer(answer: dict[str, Any], as_json: bool, code: int) -> int:
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
    elif answer["ok"]:
        print(f"the journal is whole: {answer['rows']} records, {answer['anchors_checked']} anchors agree,")
        print(f"  {answer['unanchored_rows']} records after the last anchor, {answer.get('replayed', 0)} replayed the same")
        if not answer["anchors_checked"]:
            print("  no anchors were looked at, so a journal that was cut short would look whole\n"
                  "  next step: name its anchors file with --anchors, or the line's directory with --data")  # fmt: skip
    else:
        where = f" at record {answer['first_bad_seq']}" if answer.get("first_bad_seq") else ""
        print(f"NOT whole: {answer['fault']}{where}: {answer['cause']}\n  next step: {answer['next_step']}")
    return code


class ActArgumentError(Exception):
    """An act that can not be sent as it was written."""

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(code)
        self.code, self.cause, self.next_step = code, cause, next_step


# act: what it must have, what it may have. The daemon passes over what it does not know, so a slip of the pen
# ("scpoe=load") must be stopped here.
ACT_ARGUMENTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "load-arrived": (("load_id", "plate"), ()),
    "seal-check": (("load_id",), ()),
    "seal-report": (("load_id", "condition", "cause"), ()),
    "second-look": (("load_id", "result", "cause"), ("shown",)),
    "unload": (("load_id",), ()),
    "came-with": (("code", "load_id", "cause"), ()),
    "hold": (("target", "cause"), ("scope", "code")),
    "lift": (("hold_id", "cause"), ("scope", "target", "code")),
    "close-inspection": (("list_key", "cause"), ()),
    "rerun": (("code",), ("lane", "track")),
    "verdict": (("track", "image", "verdict", "cause"), ()),
    "verdict-undo": (("track", "image", "cause"), ()),
    "removed": (("code", "place", "cause"), ()),
    "custody": (("code", "place"), ()),
    "end-custody": (("code", "cause"), ("shown",)),
    "recheck-open": (("code",), ("bench",)),
    "recheck-count": (("code", "gnum", "count"), ()),
    "recheck-undo": (("code",), ()),
    "recheck-still": (("code",), ()),
    "recheck-seal": (("code", "seal_no"), ()),
    "recheck-decide": (("code", "outcome", "way", "cause"), ("place",)),
    "recheck-confirm": (("code", "outcome"), ("way", "place", "shown")),
    "recheck-abandon": (("code", "cause"), ()),
    "recheck-second": (("code",), ()),
    "recheck-party": (("code", "party"), ("name",)),
    "recheck-witness": (("code",), ()),
    "stock-take": (("place",), ("codes",)),
    "record-draft": (("recheck_id", "result", "scope"), ("wrapping", "site", "notes")),
    "record-submit": (("recheck_id",), ("result", "scope", "wrapping", "site", "notes")),
    "record-return": (("recheck_id", "cause"), ("shown",)),
    "record-approve": (("recheck_id", "cause"), ("shown",)),
    "record-elsewhere": (("recheck_id", "where", "cause"), ("shown",)),
    "open-container": (("container_no",), ("door",)),
    "close-container": (("container_no", "count"), ()),
    "weigh-container": (("container_no", "gross_g", "tare_g"), ()),
    "seal-container": (("container_no", "seal_no"), ()),
    "reopen-container": (("container_no", "cause"), ()),
    "gate-pass": (("pass_id", "container_no", "plate"), ("gross_g",)),
    "void-pass": (("pass_id", "cause"), ()),
    "gate-check": (("gate", "session_id", "result", "cause"), ("shown",)),
    "alarm-acknowledge": (("alarm",), ("shown",)),
    "alarm-shelve": (("alarm", "minutes", "cause"), ("shown",)),
    "alarm-unshelve": (("alarm",), ()),
    "alarm-out-of-service": (("alarm", "cause"), ("shown",)),
    "alarm-in-service": (("alarm",), ()),
    "shift-handover": ((), ("to_account", "notes")),
    "rules-propose": (("sha256", "cause"), ()),
    "config-propose": (("sha256", "cause"), ()),
    "config-accept": (("sha256", "cause"), ()),
    "config-sign": (("sha256", "cause"), ()),
    "config-reject": (("sha256", "cause"), ()),
    "emergency-enter": (("began", "ended", "count", "cause"), ("codes",)),
    "sample-review": (("track", "image", "verdict", "cause"), ("carton", "first")),
    "line": (("command",), ("cause",)),
}


def act_arguments(act: str, texts: list[str]) -> dict[str, str]:
    """`key=value` texts of an act, checked against what it takes."""
    if act not in ACT_ARGUMENTS:
        step = "xiyong import FILE" if act == "import" else "one of " + ", ".join(ACT_ARGUMENTS)
        raise ActArgumentError("act_unknown", f"no act {act!r}{_nearest(act, tuple(ACT_ARGUMENTS))}", step)
    must, may = ACT_ARGUMENTS[act]
    usage = " ".join(["xiyong act", act, *(f"{key}=..." for key in must), *(f"[{key}=...]" for key in may)])
    if wrong := [text for text in texts if "=" not in text]:
        raise ActArgumentError("argument_malformed", f"{wrong[0]!r} is not key=value", usage)
    values = dict(text.split("=", 1) for text in texts)
    for key in values:
        if key not in (*must, *may):
            raise ActArgumentError("argument_unknown", f"{act} takes no {key!r}{_nearest(key, (*must, *may))}", usage)
    if missing := [key for key in must if not values.get(key, "").strip()]:
        raise ActArgumentError("argument_missing", f"{act} needs {' and '.join(missing)}", usage)
    return values


def _nearest(text: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(text, known, 1)
    return f"; the nearest is {near[0]!r}" if near else ""


def send_act(settings: Settings, request: dict[str, Any], as_json: bool) -> int:
    """Send one act to the running daemon and print its answer. 0 done, 1 a part of a file was refused, 2 not done."""
    answer = ask(paths_of(settings).control, request)
    if not answer.get("ok"):
        code, step = ("import_refused", IMPORT_STEP) if answer.get("refused") else ("no_answer", "look at the daemon's log")
        answer = {"code": code, "cause": "; ".join(answer.get("refused", ())), "next_step": step} | answer
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
    elif answer.get("ok"):
        more = "".join(f", {key} {answer[key]}" for key in ("hold_id", "kind", "taken") if key in answer)
        print(f"done, journal record {answer.get('seq')}{more}")
        for text in answer.get("warnings", ()):
            print(f"  warning: {text}")
        for text in answer.get("refused", ()):
            print(f"  refused: {text}")
        if answer.get("refused"):
            print(f"  next step: {IMPORT_STEP}")
    else:
        print(f"xiyong: {answer['code']}: {answer['cause']}\n  next step: {answer['next_step']}", file=sys.stderr)
    if answer.get("ok"):
        return 1 if answer.get("refused") else 0
    return 2


def _say_failed(code: str, cause: str, next_step: str, as_json: bool, exit_code: int, **more: Any) -> int:
    if as_json:
        print(json.dumps({"ok": False, "code": code, "cause": cause, "next_step": next_step, **more}, ensure_ascii=False))
    else:
        print(f"xiyong: {code}: {cause}\n  next step: {next_step}", file=sys.stderr)
    return exit_code
