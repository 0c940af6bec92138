"""The list of alarms as a screen shows it: what, where, how urgent, what follows, how long there is time.

One rule: the company has no alarm that is customs' own, and no figure counts one for it. Texts of what it means and
what to do go by the code (GET /api/words).
Source: ISA-18.2 as the HMI reference tells it; a flood is more than ten new alarms in ten minutes.
"""

import msgspec

from controller.console.plan import stations_of
from controller.console.views import Value
from controller.domain.alarms import hidden, kind_of
from controller.domain.reasons import CUSTOMS
from controller.domain.sentences import both
from controller.line.alarm_acts import shown_of
from controller.line.alarm_state import AlarmState, StandingAlarm
from controller.line.alarming import RATE_OVER_MS
from controller.line.explain import View, company_text
from controller.line.state import LineState
from controller.settings.model import Settings

FLOOD_OVER = 10
ROWS_MOST = 120  # a longer list is sent whole at every change of it, and nobody reads it
HIGH = 2
ORDER = {state: place for place, state in enumerate((
    AlarmState.UNACKED, AlarmState.RETURNED, AlarmState.ACKED, AlarmState.SUPPRESSED, AlarmState.SHELVED,
    AlarmState.OUT_OF_SERVICE,
))}  # fmt: skip
# What a subject is called, by its first part.
PLACES = {
    "place": ("货位", "custody place"),
    "lane": ("分流道", "lane"), "passage": ("在线箱", "on the belt:"), "carton": ("箱", "carton"), "load": ("车次", "load"),
    "list": ("清单", "list"), "container": ("集装箱", "container"), "gate": ("卡口", "gate"), "barrier": ("道闸", "barrier"),
    "screen": ("屏幕", "screen"), "door": ("装箱口", "door"),
    "customs": ("海关", "customs"),
}  # fmt: skip
STATIONS = {
    "induct": ("入口", "induct"), "scan": ("扫码", "scan gate"), "weigh": ("称重", "scale"), "xray": ("X 光", "X-ray"),
    "verify": ("复读", "verify gate"), "decision": ("判定点", "decision point"), "divert": ("分流口", "diverter"),
}  # fmt: skip


class AlarmList:
    """A source of the live stream; it reads the state alone."""

    def __init__(self, settings: Settings, state: LineState) -> None:
        self._state = state
        self._zones = {one.zone: one.name for one in stations_of(settings)}

    def value(self, view: View) -> Value:
        """The value `alarms` of the live stream, what asks for a person first."""
        facts = self._state.facts
        now_ms = facts.line_ms
        kept = [one for one in self._state.alarms.values() if view is View.CUSTOMS or not hidden(one.code)]
        told = len(kept)
        if told > ROWS_MOST:
            lasting = [one for one in kept if one.standing or kind_of(one.code).priority <= HIGH or one.aside]
            others = [one for one in kept if one not in lasting]
            kept = lasting + sorted(others, key=lambda one: -one.since_ms)[: max(ROWS_MOST - len(lasting), 0)]
        kept.sort(key=lambda one: (ORDER[one.state], kind_of(one.code).priority, -one.since_ms, one.key))
        begun, let_go, silenced_ms = facts.alarming.begun, facts.alarming.let_go, facts.alarming.silenced_ms
        if view is View.CUSTOMS:
            begun, let_go = begun + facts.alarming.begun_of_customs, let_go + facts.alarming.let_go_of_customs
            silenced_ms = facts.alarming.silenced_by_customs_ms
        rate = sum(1 for at_ms in begun if at_ms > now_ms - RATE_OVER_MS)
        return {
            "rate_10_min": rate, "flood": rate > FLOOD_OVER, "let_go": let_go, "more": told - len(kept),
            "silenced_ms": silenced_ms,
            "list": [self._row(one, view, now_ms) for one in kept],
        }  # fmt: skip

    def _row(self, one: StandingAlarm, view: View, now_ms: int) -> Value:
        kind = kind_of(one.code)
        until_ms = self._last_call_ms(one)
        return {
            "alarm": one.key, "code": one.code, "subject": one.subject, "priority": kind.priority, "state": one.state.value,
            "active": one.active, "first_out": one.first_out, "since_ms": one.since_ms, "times": one.times,
            "called_ms": one.calls_since_ms, "shown": shown_of(one),
            "acked_by": who_did(one.acked_by, one.acked_role, view), "suppressed_by": one.suppressed_by,
            "shelvable": kind.shelvable, "shelved_by": who_did(one.shelved_by, one.shelved_role, view),
            "shelved_cause": one.shelved_cause if who_did(one.shelved_by, one.shelved_role, view) == one.shelved_by else "",
            "out_by": who_did(one.out_by, one.out_role, view), "out_since_ms": one.out_since_ms if one.out_by else None,
            "out_cause": one.out_cause if who_did(one.out_by, one.out_role, view) == one.out_by else "",
            "shelved_until_ms": one.shelved_until_ms if one.shelved_until_ms >= 0 else None,
            "where": self.where(one.subject),
            "detail": msgspec.to_builtins(both(one.detail if view is View.CUSTOMS else company_text(one.detail))),
            "follows": {"zh": kind.follows_zh, "en": kind.follows_en},
            "until_ms": until_ms, "left_ms": max(until_ms - now_ms, 0) if until_ms is not None else None,
        }  # fmt: skip

    def where(self, subject: str) -> Value:
        """`station` is where on the strip, empty when it is nowhere there."""
        kind, colon, rest = subject.partition(":")
        if kind == "zone" and rest.isdecimal():
            station = self._zones.get(int(rest), "")
            zh, en = STATIONS.get(station, (f"区段 {rest}", f"zone {rest}"))
            return {"zh": zh, "en": en, "station": station}
        if colon and kind in PLACES:
            zh, en = PLACES[kind]
            return {"zh": f"{zh} {rest}", "en": f"{en} {rest}", "station": "divert" if kind == "lane" else ""}
        if subject == "line":
            return {"zh": "全线", "en": "the whole line", "station": ""}
        if subject == "customs":
            return {"zh": "海关", "en": "customs", "station": ""}
        if subject == "xray":
            return {"zh": "X 光", "en": "X-ray", "station": "xray"}
        return {"zh": subject, "en": subject, "station": ""}

    def _last_call_ms(self, one: StandingAlarm) -> int | None:
        """The last moment at which something can still be done for a carton on the belt."""
        kind, _, key = one.subject.partition(":")
        if kind == "carton":
            carton = self._state.cartons.get(key)
            key = carton.passage if carton is not None else ""
        passage = self._state.passages.get(key) if kind in ("carton", "passage") and key else None
        return passage.last_call_ms if passage is not None and not passage.ended and passage.last_call_ms >= 0 else None


def who_did(account: str, role: str, view: View) -> str:
    """The company does not learn who of customs did something."""
    return "customs" if account and view is View.COMPANY and role in CUSTOMS else account
