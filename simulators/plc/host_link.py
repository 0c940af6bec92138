"""Heartbeat, sessions, conflict and the words bound to them (flags, pass mask, acknowledgement, settings).

The one rule: words 2 to 5 of block H count only from the session in SESSION_ECHO, in this epoch, with a
later heartbeat; anything else
is restrictive. Source: contract CIL-1 "Host block H", "Sessions", fail-safe rules 1 and 7.
"""

from simulators.plc import registers as reg
from simulators.plc.memory import Memory
from simulators.plc.words import heartbeat_is_later, is_later, lane_of

OTHERS_KEPT = 8  # sessions watched besides the own one; the longest silent is forgotten first


class HostLink:
    def __init__(self, memory: Memory) -> None:
        self._m = memory
        self._last_hb = 0
        # A PLC that has just started has heard nobody, whatever session it remembers.
        self._silent_ms = memory.config.hb_limit_ms
        self._others: dict[int, tuple[int, int]] = {}  # session -> (heartbeat, silent for ms)

    def scan(self, dt_ms: int) -> None:
        m = self._m
        self._settings()
        self._silent_ms += dt_ms
        if self._others:
            self._others = {s: (hb, silent + dt_ms) for s, (hb, silent) in self._others.items()}
        heartbeat, session, epoch = m.host[reg.H_HOST_HEARTBEAT : reg.H_HOST_EPOCH + 1]
        if session != m.session_echo or epoch != m.epoch or session == 0:
            m.pass_mask = 0
        if session != 0 and session == m.session_echo:
            self._own(heartbeat, epoch)
        elif session != 0:
            self._other(session, heartbeat)
        if m.link_ok and self._silent_ms >= m.hb_limit_ms:
            self._lost()

    def coast(self, ms: int) -> None:
        """Time in which block H did not change and no limit was reached."""
        self._silent_ms += ms
        if self._others:
            self._others = {s: (hb, silent + ms) for s, (hb, silent) in self._others.items()}

    def quiet_ms(self) -> int | None:
        """How long the heartbeat may still stay away; None: it has been away for long, and nothing more comes of it."""
        left_ms = self._m.hb_limit_ms - self._silent_ms
        return left_ms if left_ms > 0 else None

    def others_silent(self) -> bool:
        return all(silent >= self._m.hb_limit_ms for _, silent in self._others.values())

    def resume(self) -> None:
        """Command 34: leave fail-safe and conflict."""
        m = self._m
        m.fail_safe = m.conflict = False
        self._others.clear()
        m.log.note(m.line_ms, "fail_safe", on=False)

    def zero(self) -> None:
        """At an epoch change: everything that came from block H is gone; whom the PLC believes stays."""
        m = self._m
        m.hb_echo = m.pass_mask = m.host_flags = 0

    def _own(self, heartbeat: int, epoch: int) -> None:
        m = self._m
        if not heartbeat_is_later(heartbeat, self._last_hb):
            return
        self._last_hb = m.hb_echo = heartbeat
        self._silent_ms = 0
        if not m.link_ok:
            m.link_ok = True
            m.log.note(m.line_ms, "link", ok=True)
        if epoch == m.epoch and epoch != 0:
            m.host_flags = m.host[reg.H_HOST_FLAGS]
            m.pass_mask = m.host[reg.H_PASS_MASK]
            self._acknowledge(m.host[reg.H_EVT_ACK])

    def _acknowledge(self, seq: int) -> None:
        if self._m.ring.acknowledge(seq):
            self._m.log.note(self._m.line_ms, "ack", seq=seq)

    def _other(self, session: int, heartbeat: int) -> None:
        m = self._m
        known = self._others.get(session)
        if known is None or known[0] != heartbeat:
            self._others[session] = (heartbeat, 0)
            self._forget_oldest()
        if m.session_echo and self._silent_ms < m.hb_limit_ms:
            self._conflict(session)
        elif is_later(session, m.session_echo):
            self._take(session, heartbeat)

    def _forget_oldest(self) -> None:
        if len(self._others) > OTHERS_KEPT:
            oldest = max(self._others, key=lambda s: (self._others[s][1], s))
            del self._others[oldest]

    def _conflict(self, session: int) -> None:
        m = self._m
        if m.conflict:
            return
        m.conflict = m.fail_safe = True
        m.void_releases()
        m.alarm(reg.ALARM_SESSION_CONFLICT)
        m.log.note(m.line_ms, "conflict", session=m.session_echo, other=session)

    def _take(self, session: int, heartbeat: int) -> None:
        m = self._m
        if m.session_echo:
            self._others[m.session_echo] = (self._last_hb, self._silent_ms)
        # It may have stood there while the host before was still heard: rule 1 counts from when its heartbeat moved.
        _, self._silent_ms = self._others.pop(session, (heartbeat, 0))
        m.session_echo, self._last_hb, m.hb_echo = session, heartbeat, heartbeat
        m.link_ok = True
        m.fail_safe = True
        m.dec_echo[:] = m.dec_result[:] = [0] * reg.H_DECISION_SLOTS
        m.cmd_echo = m.cmd_result = 0
        m.log.note(m.line_ms, "session", session=session)

    def _lost(self) -> None:
        m = self._m
        m.link_ok = False
        m.fail_safe = True
        m.pass_mask = m.host_flags = 0
        m.alarm(reg.ALARM_LINK_LOST)
        m.log.note(m.line_ms, "link", ok=False)

    def _settings(self) -> None:
        m, c = self._m, self._m.config
        m.deadline_mm = self._in_range(reg.H_DEADLINE, c.deadline_range_mm, c.deadline_mm)
        m.hb_limit_ms = self._in_range(reg.H_HB_LIMIT, c.hb_limit_range_ms, c.hb_limit_ms)
        word = m.host[reg.H_DEFAULT_LANE]
        lane = lane_of(word)
        if lane in (reg.LANE_INSPECT, reg.LANE_ANOMALY):
            m.default_lane = lane
        else:
            m.default_lane = c.default_lane
            if word:
                m.alarm(reg.ALARM_SETTING_REFUSED)

    def _in_range(self, offset: int, allowed: tuple[int, int], own: int) -> int:
        value = self._m.host[offset]
        if allowed[0] <= value <= allowed[1]:
            return value
        if value:
            self._m.alarm(reg.ALARM_SETTING_REFUSED)
        return own
