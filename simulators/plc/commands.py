"""The command mailbox.

The one rule: a stop is taken once per changed content, from anyone, at any time; everything permissive needs
this epoch, the believed
session, a later sequence, a healthy link and a safe machine. Source: contract CIL-1 "Commands", "Sequences",
"Sessions".
"""

from typing import Protocol

from simulators.plc import registers as reg
from simulators.plc.host_link import HostLink
from simulators.plc.memory import Memory
from simulators.plc.words import check_holds, is_later

Record = tuple[int, ...]
RESTRICTIVE = reg.STOP_COMMANDS | {reg.CMD_PURGE, reg.CMD_ITEM_REMOVED, reg.CMD_TRACKING_RESET}
PACKML = frozenset(range(reg.CMD_RESET, reg.CMD_COMPLETE + 1))
KNOWN = PACKML | {reg.CMD_MODE} | frozenset(range(reg.CMD_PURGE, reg.CMD_PROPOSE_EPOCH + 1))


class Actions(Protocol):
    """What the machine does for a command; each returns a result."""

    def packml(self, command: int) -> int: ...

    def change_mode(self, mode: int) -> int: ...

    def purge(self) -> int: ...

    def pass_item(self, station: int, track_id: int) -> int: ...

    def item_removed(self, track_id: int) -> int: ...

    def tracking_reset(self) -> int: ...

    def open_barrier(self, gate: int, check: int) -> int: ...

    def adopt_epoch(self, epoch: int) -> int: ...


class CommandMailbox:
    def __init__(self, memory: Memory, link: HostLink, actions: Actions) -> None:
        self._m = memory
        self._link = link
        self._actions = actions
        self._judged: Record = ()
        self.last_seq = 0

    def zero(self) -> None:
        self._judged = ()
        self._m.cmd_echo = self._m.cmd_result = 0

    def scan(self) -> None:
        record = tuple(self._m.host[reg.H_COMMAND : reg.H_COMMAND + reg.H_COMMAND_WORDS])
        if record == self._judged or not check_holds(record, reg.C_CHECK):
            return
        stop = record[reg.C_CODE] in reg.STOP_COMMANDS
        if record[reg.C_SEQ] == 0 and not stop:
            return
        result = self._stop(record) if stop else self._judge(record)
        m = self._m
        # Set after the judging: an epoch change inside it zeroes the echoes first.
        self._judged = record
        m.cmd_echo, m.cmd_result = record[reg.C_SEQ], result
        taken = result == reg.RESULT_ACCEPTED
        m.log.note(m.line_ms, "judged", record="command", words=record, taken=taken, result=result)

    def _stop(self, record: Record) -> int:
        own = record[reg.C_SESSION] == self._m.session_echo != 0
        if own and is_later(record[reg.C_SEQ], self.last_seq):
            # So that a start sent before this stop comes too late.
            self.last_seq = record[reg.C_SEQ]
        return self._actions.packml(record[reg.C_CODE])

    def _judge(self, record: Record) -> int:
        m, code = self._m, record[reg.C_CODE]
        restrictive = code in RESTRICTIVE
        if code != reg.CMD_PROPOSE_EPOCH and (m.epoch == 0 or record[reg.C_EPOCH] != m.epoch):
            return reg.RESULT_OLD_EPOCH
        session = record[reg.C_SESSION]
        if session == 0 or (session != m.session_echo and not (m.conflict and restrictive)):
            return reg.RESULT_WRONG_SESSION
        if code not in KNOWN:
            return reg.RESULT_BAD_ARGUMENT
        refusal = self._bad_argument(code, record[reg.C_ARG1], record[reg.C_ARG2])
        if refusal:
            return refusal
        if not is_later(record[reg.C_SEQ], self.last_seq):
            return reg.RESULT_STALE
        self.last_seq = record[reg.C_SEQ]
        if not restrictive:
            refusal = self._not_now(code)
            if refusal:
                return refusal
        return self._act(code, record[reg.C_ARG1], record[reg.C_ARG2])

    def _bad_argument(self, code: int, arg1: int, arg2: int) -> int:
        """Refusals 3, 4 and 5 consume the mailbox and nothing else, so they come before the sequence
        moves.
        """
        m = self._m
        if code == reg.CMD_MODE and arg1 not in (reg.MODE_PRODUCTION, reg.MODE_MAINTENANCE, reg.MODE_MANUAL):
            return reg.RESULT_BAD_ARGUMENT
        if code == reg.CMD_PROPOSE_EPOCH:
            if arg1 == 0:
                return reg.RESULT_BAD_ARGUMENT
            return reg.RESULT_OLD_EPOCH if arg2 != m.boot_nonce else 0
        if code == reg.CMD_OPEN_BARRIER and (not 1 <= arg1 <= m.config.barriers or arg2 == 0):
            return reg.RESULT_BAD_ARGUMENT
        if code == reg.CMD_ITEM_REMOVED and m.item(arg1) is None:
            return reg.RESULT_UNKNOWN_ID
        if code == reg.CMD_PASS_ITEM:
            if arg1 not in m.config.hold_stations:
                return reg.RESULT_BAD_ARGUMENT
            return reg.RESULT_UNKNOWN_ID if m.item(arg2) is None else 0
        return 0

    def _not_now(self, code: int) -> int:
        m = self._m
        if m.local_mode:
            return reg.RESULT_LOCAL_MODE
        if code == reg.CMD_PROPOSE_EPOCH:
            return 0 if m.epoch == 0 else reg.RESULT_NOT_ALLOWED
        if code == reg.CMD_RESUME:
            alone = m.host[reg.H_HOST_SESSION] == m.session_echo and self._link.others_silent()
            return 0 if m.link_ok and alone else reg.RESULT_NOT_ALLOWED
        return reg.RESULT_NOT_ALLOWED if m.fail_safe or m.conflict else 0

    def _act(self, code: int, arg1: int, arg2: int) -> int:
        a = self._actions
        if code in PACKML:
            return a.packml(code)
        if code == reg.CMD_MODE:
            return a.change_mode(arg1)
        if code == reg.CMD_PURGE:
            return a.purge()
        if code == reg.CMD_PASS_ITEM:
            return a.pass_item(arg1, arg2)
        if code == reg.CMD_ITEM_REMOVED:
            return a.item_removed(arg1)
        if code == reg.CMD_TRACKING_RESET:
            return a.tracking_reset()
        if code == reg.CMD_OPEN_BARRIER:
            return a.open_barrier(arg1, arg2)
        if code == reg.CMD_PROPOSE_EPOCH:
            return a.adopt_epoch(arg1)
        self._link.resume()
        return reg.RESULT_ACCEPTED
