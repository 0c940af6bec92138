"""The eight decision mailboxes.

The one rule: a slot is copied whole and the copy is judged; a decision acts only with a good check word,
this epoch, the believed
session, a tracked id and a later sequence, and a later restrictive one always ends an accepted release.
Source: contract CIL-1 "Host block H", "Results", "Sequences", "Replacing".
"""

from simulators.plc import registers as reg
from simulators.plc.memory import Item, Memory
from simulators.plc.words import check_holds, is_later, lane_of

Record = tuple[int, ...]


class DecisionMailboxes:
    def __init__(self, memory: Memory) -> None:
        self._m = memory
        self._judged: list[Record] = [()] * reg.H_DECISION_SLOTS
        self._looked_at: list[int] = []  # all slots as the last scan saw them: what is the same needs no second look

    def zero(self) -> None:
        self._judged = [()] * reg.H_DECISION_SLOTS
        self._looked_at = []
        self._m.dec_echo[:] = self._m.dec_result[:] = [0] * reg.H_DECISION_SLOTS

    def scan(self) -> None:
        slots = self._m.host[reg.H_DECISION : reg.H_DECISION + reg.H_DECISION_SLOTS * reg.H_DECISION_WORDS]
        if slots == self._looked_at:
            return
        self._looked_at = slots
        for slot in range(reg.H_DECISION_SLOTS):
            start = reg.H_DECISION + slot * reg.H_DECISION_WORDS
            record = tuple(self._m.host[start : start + reg.H_DECISION_WORDS])
            if record != self._judged[slot] and record[reg.D_SEQ] != 0 and check_holds(record, reg.D_CHECK):
                self._take(slot, record)

    def _take(self, slot: int, record: Record) -> None:
        m = self._m
        result = self._judge(record)
        self._judged[slot] = record
        m.dec_echo[slot] = record[reg.D_SEQ]
        m.dec_result[slot] = result
        taken = result == reg.RESULT_ACCEPTED
        m.log.note(m.line_ms, "judged", record="decision", slot=slot, words=record, taken=taken, result=result)

    def _judge(self, record: Record) -> int:
        m = self._m
        lane = lane_of(record[reg.D_LANE])
        restrictive = lane in (reg.LANE_INSPECT, reg.LANE_ANOMALY)
        if m.epoch == 0 or record[reg.D_EPOCH] != m.epoch:
            return reg.RESULT_OLD_EPOCH
        session = record[reg.D_SESSION]
        # In a conflict nobody knows which host is right, so a hold counts from either.
        if session == 0 or (session != m.session_echo and not (m.conflict and restrictive)):
            return reg.RESULT_WRONG_SESSION
        ttl_ms = (record[reg.D_FLAGS_TTL] & reg.D_TTL_MASK) * reg.D_TTL_UNIT_MS
        if lane == reg.LANE_INVALID or (not restrictive and not 0 < ttl_ms <= reg.D_TTL_MAX_MS):
            return reg.RESULT_BAD_ARGUMENT
        item = m.item(record[reg.D_TRACK_ID])
        if item is None:
            return reg.RESULT_UNKNOWN_ID
        if record == item.last_record:
            return item.last_result
        if not is_later(record[reg.D_SEQ], item.last_seq):
            return reg.RESULT_STALE
        item.last_seq, item.last_record = record[reg.D_SEQ], record
        item.last_result = self._apply(item, lane, restrictive, ttl_ms, record[reg.D_FLAGS_TTL] >> 12)
        return item.last_result

    def _apply(self, item: Item, lane: int, restrictive: bool, ttl_ms: int, flags: int) -> int:
        if item.committed_lane:
            return reg.RESULT_TOO_LATE
        refusal = self._refusal(item, lane, restrictive)
        if refusal:
            if restrictive:
                # Where a hold cannot be carried out as asked, a release must not stand either.
                item.lane = 0
            return refusal
        item.lane, item.flags, item.voided = lane, flags, False
        item.ttl_ms = ttl_ms if 0 < ttl_ms <= reg.D_TTL_MAX_MS else reg.D_TTL_MAX_MS
        return reg.RESULT_ACCEPTED

    def _refusal(self, item: Item, lane: int, restrictive: bool) -> int:
        m = self._m
        if not restrictive and m.local_mode:
            return reg.RESULT_LOCAL_MODE
        if not restrictive and (m.fail_safe or m.conflict or m.purge):
            return reg.RESULT_NOT_ALLOWED
        if item.doubtful and lane != m.default_lane:
            return reg.RESULT_NOT_ALLOWED
        if not m.lanes_available & 1 << (lane - 1):
            return reg.RESULT_LANE_CLOSED
        return 0
