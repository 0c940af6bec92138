"""A finished run made by hand, with an own encoder of the journal: the good day that tests then spoil in one place.

Carton 1 is declared and released; carton 2 is on no list and goes to anomaly; carton 3 was released too, but its lane was
full. The daemon's clock is a second behind the plant's.
"""

import hashlib
import json
import sqlite3
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from simulators.oracle import Verdict, judge

Json = dict[str, Any]

A, B, C = "RR100000017CN", "RR100000025CN", "RR100000034CN"
KEY = "EMS/"
DAEMON_BEHIND_MS = 1000
READ_DELAY_MS = 80
SESSION = 7
ZERO = datetime(2026, 11, 23, 12, tzinfo=UTC)  # evening in Beijing: what papers of the day say is past
PROFILE: Json = {
    "verify_zone": 5, "verify_read": True, "weight_required": True, "weight_tolerance_g": 50,
    "weight_tolerance_permille": 30, "list_incomplete": "divert", "released_words": ["800", "899"],
}  # fmt: skip


def lane_word(lane: int) -> int:
    return lane << 8 | (255 - lane)


def declared(number: str, **changes: Any) -> Json:
    return {
        "logistics_code": "EMS", "logistics_no": number, "cop_no": f"C{number}", "ebc_code": "E1", "pack_no": 1,
        "gross_weight_g": 2000, "app_type": "1", "app_status": "2", "app_time": "20261123080000", "guid": number,
    } | changes  # fmt: skip


def noticed(number: str, **changes: Any) -> Json:
    return {"carton_no": number, "logistics_code": "EMS", "logistics_no": number, "k": 1, "n": 1} | changes


def receipt(number: str, word: str = "800", time: str = "20261123090000000") -> Json:
    return {"type": "ReceiptArrived", "receipt": {
        "cop_no": f"C{number}", "ebc_code": "E1", "return_status": word, "return_time": time}}  # fmt: skip


class MadeRun:
    """Lists that a test changes before it asks for the verdict."""

    def __init__(self) -> None:
        self.plant: list[Json] = []
        self.wire: list[Json] = []
        self.rows: list[Json] = []
        self.anchors: list[Json] = []
        self.expected: Json = {"cartons": {}, "scenes": []}
        self._ring_seq = 0

    # --- the three records ---

    def fact(self, line_ms: int, name: str, **details: Any) -> None:
        self.plant.append({"line_ms": line_ms, "fact": name, **details})

    def row(self, plant_ms: int, event: Json, role: str = "line", **outcome: Any) -> Json:
        """A row of the journal; `plant_ms` is when it really was."""
        row = {"line_ms": plant_ms - DAEMON_BEHIND_MS, "event": event, "role": role, "outcome": outcome}
        self.rows.append(row)
        return row

    def plc_event(self, line_ms: int, kind: int, zone: int, track_id: int, arg1: int = 0, arg2: int = 0, **outcome: Any) -> None:
        """An event of the PLC: in its ring, in the journal, acknowledged."""
        self._ring_seq += 1
        words = [self._ring_seq, 1, kind << 8 | zone, track_id, arg1, arg2, line_ms % 65536, line_ms // 2, self._ring_seq]
        self.wire.append({"line_ms": line_ms, "fact": "event", "words": words})
        lane = arg1 >> 8 if kind == 5 else arg1
        event = {
            "type": "RingEvent", "epoch": 1, "seq": self._ring_seq, "kind": kind, "zone": zone, "track_id": track_id,
            "arg1": lane, "arg2": arg2, "t_ms": line_ms % 65536, "belt_mm": line_ms // 2,
            "read_ms": line_ms + READ_DELAY_MS - DAEMON_BEHIND_MS, "backlog": False,
        }  # fmt: skip
        self.row(line_ms + READ_DELAY_MS, event, **outcome)

    def ack(self, line_ms: int) -> None:
        self.wire.append({"line_ms": line_ms, "fact": "ack", "seq": self._ring_seq})

    def record(self, line_ms: int, track_id: int, lane: int, seq: int, result: int | None = 1) -> None:
        """A decision in a mailbox, and the PLC's answer if it gave one."""
        words = [1, track_id, lane_word(lane), 90, SESSION, 0, seq]
        self.wire.append({"line_ms": line_ms, "fact": "written", "record": "decision", "slot": 0, "words": words})
        if result is not None:
            judged = {"fact": "judged", "record": "decision", "slot": 0, "words": words, "taken": result == 1}
            self.wire.append({"line_ms": line_ms, "result": result, **judged})

    # --- finding and changing ---

    def of(self, event_type: str, /, **values: Any) -> Json:
        """The first row of this event type with these values in its event."""
        return next(r for r in self.rows if r["event"]["type"] == event_type and values.items() <= r["event"].items())

    def decision_row(self, track: str) -> Json:
        return next(r for r in self.rows if any(d["track"] == track for d in r["outcome"].get("decisions", ())))

    def before(self, row: Json, event: Json, role: str = "line", **outcome: Any) -> Json:
        """Put a new row right before another one."""
        new = {"line_ms": row["line_ms"], "event": event, "role": role, "outcome": outcome}
        self.rows.insert(self.rows.index(row), new)
        return new

    def placed(self, carton_no: int) -> Json:
        return next(f for f in self.plant if f["fact"] == "placed" and f["carton_no"] == carton_no)

    # --- judging ---

    def write(self, home: Path) -> Path:
        for name, facts in (("plant", self.plant), ("wire", self.wire)):
            (home / f"{name}.jsonl").write_text("".join(json.dumps(fact) + "\n" for fact in facts))
        (home / "expected.json").write_text(json.dumps(self.expected))
        if self.anchors:
            (home / "anchors.jsonl").write_text("".join(json.dumps(mark) + "\n" for mark in self.anchors))
        journal = home / "journal.sqlite"
        write_journal(journal, self.rows)
        return journal

    def judged(self, home: Path) -> Verdict:
        return judge(home, self.write(home))


def write_journal(path: Path, rows: list[Json]) -> None:
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE journal (seq INTEGER PRIMARY KEY, line_ms INTEGER, utc TEXT, kind TEXT, event TEXT, outcome TEXT,"
        " touched TEXT, prev_hash BLOB, hash BLOB)"
    )
    previous = bytes(32)
    for seq, row in enumerate(rows, start=1):
        stamped = {"line_ms": row["line_ms"], "actor": row.get("actor", "test"), "role": row["role"], "event": row["event"]}
        stamped["utc_doubtful"] = row.get("doubtful", False)
        utc = ZERO + timedelta(milliseconds=row["line_ms"] + row.get("leap_ms", 0))
        texts = (
            utc.isoformat(timespec="milliseconds"),
            row["event"]["type"],
            json.dumps(stamped),
            json.dumps(row["outcome"]),
            "[]",
        )
        digest = hashlib.sha256(b"xiyong-journal-row/1\0" + seq.to_bytes(8, "big") + row["line_ms"].to_bytes(8, "big"))
        for text in texts:
            digest.update(struct.pack("!I", len(text.encode())) + text.encode())
        digest.update(previous)
        connection.execute(
            "INSERT INTO journal VALUES (?,?,?,?,?,?,?,?,?)",
            (seq, row["line_ms"], *texts, previous, digest.digest()),
        )
        previous = digest.digest()
    connection.commit()
    connection.close()


def good_run() -> MadeRun:
    run = MadeRun()
    _papers(run, A, C)
    _carton(run, 1, A, at_ms=3000, lane=3)
    _carton(run, 2, B, at_ms=33_000, lane=2, code="not_declared")
    _carton(run, 3, C, at_ms=63_000, lane=3, takes=1, why=2)
    run.expected["cartons"] = {
        "1": {"label": A, "declared": True, "ordinary": True},
        "2": {"label": B, "declared": False, "ordinary": False},
        "3": {"label": C, "declared": True, "ordinary": True},
    }
    run.expected["scenes"] = [
        {"name": "undeclared", "cartons": [2], "expect": {
            "lanes": ["anomaly"], "codes_any": ["not_declared"], "finally": "anomaly"}},
        {"name": "lane_full", "cartons": [3], "expect": {"lanes": ["inspect"], "finally": "inspected"}},
    ]  # fmt: skip
    return run


def _papers(run: MadeRun, *numbers: str) -> None:
    run.row(1000, {"type": "ConfigLoaded", "profile": PROFILE})
    run.row(1000, {"type": "DaemonStarted"})
    for index, number in enumerate(numbers):
        run.row(1010, {"type": "ManifestList", "batch": "m", "index": index, "declared": declared(number)})
    run.row(1010, {"type": "ManifestClosed", "batch": "m", "count": len(numbers)})
    for number in numbers:
        run.row(1020, receipt(number))
    run.row(1030, {"type": "NoticeCartons", "batch": "n", "index": 0, "cartons": [noticed(number) for number in numbers]})
    run.row(1030, {"type": "NoticeClosed", "batch": "n", "parts": 1, "count": len(numbers), "load_id": "L1", "plate": "P1",
                  "seals": ["S1"]})  # fmt: skip
    run.fact(1035, "truck_parked", load_id="L1", seals=[{"number": "S1", "condition": "intact", "dirty": False}])
    run.row(1040, {"type": "LoadArrived", "load_id": "L1", "plate": "P1"}, "operator")
    run.row(1042, {"type": "SealCheckStarted", "load_id": "L1"}, "operator")
    run.row(1045, {"type": "CodesRead", "role": "seal", "codes": [{"text": "S1", "symbology": ""}]})
    run.row(1050, {"type": "UnloadingStarted", "load_id": "L1"}, "operator")
    run.row(1060, {"type": "PlcSynced", "epoch": 1, "session": SESSION, "table": [], "status": {"flags": 0}})


def _carton(
    run: MadeRun, number: int, label: str, *, at_ms: int, lane: int, code: str = "", takes: int = 0, why: int = 0
) -> None:
    """One way over the belt: `lane` is decided, `takes` is where it goes."""
    run.fact(at_ms - 1000, "placed", carton_no=number, at_mm=-500, weight_g=2010, length_mm=400, labels=[label])
    run.fact(at_ms, "induct_eye", carton_no=number)
    run.plc_event(at_ms, 1, 1, number)
    run.plc_event(at_ms + 1200, 17, 2, number)
    run.plc_event(at_ms + 2000, 18, 2, number)
    codes = [{"text": label, "symbology": ""}]
    run.row(at_ms + 2100, {"type": "CodesRead", "role": "induct", "codes": codes})
    run.ack(at_ms + 2200)
    run.plc_event(at_ms + 10_400, 17, 5, number)
    run.row(at_ms + 10_500, {"type": "CodesRead", "role": "verify", "codes": codes})
    decision = {
        "track": f"1:{number}", "carton": "" if code else KEY + label, "lane": "", "lane_code": lane, "seq": number,
        "blockers": [{"code": code, "subject": ""}] if code else [],
    }  # fmt: skip
    decide = {"type": "Decide", "epoch": 1, "track_id": number, "lane_code": lane, "releases": lane == 3, "seq": number}
    run.plc_event(at_ms + 11_800, 4, 6, number, 2600, 2, decisions=[decision], commands=[decide])
    run.record(at_ms + 12_000, number, lane, number)
    run.ack(at_ms + 12_100)
    run.row(at_ms + 12_200, {"type": "DecisionAnswered", "epoch": 1, "track_id": number, "seq": number, "result": 1})
    if not code:
        body = {"cop_no": f"XY{number}", "logistics_code": KEY.rstrip("/"), "lists": [{"logistics_no": label}]}
        told = {"to": "customs", "kind": "arrival", "about": "load:L1", "body": json.dumps(body)}
        run.row(at_ms + 12_300, {"type": "TimerFired", "token": "arrival:L1"}, messages=[told])
    taken = takes or lane
    run.fact(at_ms + 17_600, "lane_exit", carton_no=number, lane=taken)
    alarms = [{"code": "divert_differs", "subject": f"passage:1:{number}"}] if taken != lane else []
    run.plc_event(at_ms + 17_600, 5, 7, number, lane_word(taken), why, alarms=alarms)
    run.ack(at_ms + 17_800)
