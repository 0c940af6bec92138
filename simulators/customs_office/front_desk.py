"""The office's system behind HTTP: takes arrivals (CEB507), results and ends of inspections (JSON), and says that it is there.

The one rule: a message is counted once by its key, whatever is sent how often; what came of it goes to `on_arrival` and
`on_closed`, which answer in their own time by files. Written from the field tables and docs/customs.md alone.
"""

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import msgspec

from simulators.customs_office.messages import NAMESPACE
from simulators.world.posted import Headers, Note, PostedSystem


class Told(msgspec.Struct, frozen=True):
    """An arrival as the office understood it."""

    key: str
    cop_no: str
    msg_seq: int
    msg_count: int
    carrier: str
    numbers: tuple[str, ...]


class FrontDesk(PostedSystem):
    """`arrivals` and `results` are what it has counted, by key."""

    path = "/customs"

    def __init__(self, note: Note) -> None:
        super().__init__(note)
        self.arrivals: dict[str, Told] = {}
        self.results: dict[str, dict[str, Any]] = {}
        self.raw: dict[str, bytes] = {}
        self.changed: list[str] = []
        self.hellos = 0
        self.on_arrival: Callable[[Told], None] = lambda told: None
        self.on_closed: Callable[[str], None] = lambda list_key: None

    def said(self, list_key: str, guid: str, status: str) -> None:
        """A note of which list a receipt truly speaks, whatever numbers it bears and whenever the line reads it."""
        self._note("customs_said", list_key=list_key, guid=guid, status=status)

    def take(self, headers: Headers, body: bytes) -> tuple[str, str]:
        kind, key = headers.get("xiyong-kind", ""), headers.get("idempotency-key", "")
        if kind == "hello":
            self.hellos += 1
            self._note("customs_hello", answered=self.mood.lost_answers == 0)
            return "accepted", ""
        repeat = key in self.answered
        if repeat:
            self.repeats += 1
            if self.raw[key] != body:
                self.changed.append(key)
        else:
            self.raw[key] = body
            self.answered[key] = "refused" if self.mood.refuse else "accepted"
        lists, cop_no = self._arrival(key, body, repeat) if kind == "arrival" else self._result(key, kind, body, repeat)
        self._note("customs_told", key=key, kind=kind, repeat=repeat, result=self.answered[key], same=key not in self.changed,
                   lists=lists, cop_no=cop_no)  # fmt: skip
        result = self.answered[key]
        return result, "" if result == "accepted" else "the office does not take it"

    def _arrival(self, key: str, body: bytes, repeat: bool) -> tuple[list[str], str]:
        told = read_arrival(key, body)
        if not repeat and self.answered[key] == "accepted":
            self.arrivals[key] = told
            self.on_arrival(told)
        return [f"{told.carrier}/{number}" for number in told.numbers], told.cop_no

    def _result(self, key: str, kind: str, body: bytes, repeat: bool) -> tuple[list[str], str]:
        message = json.loads(body)
        if not repeat and self.answered[key] == "accepted":
            self.results[key] = message["body"]
            if kind == "inspection_closed":
                self.on_closed(str(message["body"]["list_key"]))
        return [str(message["body"]["list_key"])], str(message["body"]["cop_no"])


def read_arrival(key: str, body: bytes) -> Told:
    """ValueError or KeyError for what is no CEB507: the simulator fails loudly on a message no office could read."""
    root = ElementTree.fromstring(body)
    space = {"ceb": NAMESPACE}
    if root.tag != f"{{{NAMESPACE}}}CEB507Message":
        raise ValueError(f"an arrival with the root {root.tag}")
    head = root.find("ceb:Arrival/ceb:ArrivalHead", space)
    if head is None:
        raise ValueError("an arrival without a head")
    text = {child.tag.rpartition("}")[2]: child.text or "" for child in head}
    rows = root.findall("ceb:Arrival/ceb:ArrivalList", space)
    numbers = tuple(row.findtext("ceb:logisticsNo", "", space) for row in rows)
    if [row.findtext("ceb:gnum", "", space) for row in rows] != [str(n) for n in range(1, len(rows) + 1)]:
        raise ValueError("gnum does not count from 1")
    return Told(key, text["copNo"], int(text["msgSeqNo"]), int(text["msgCount"]), text["logisticsCode"], numbers)
