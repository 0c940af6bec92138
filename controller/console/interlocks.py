"""What must be true before the belt may be asked to run, each unmet condition by its code.

One rule: this only saves a person a useless press and says why; the PLC's own interlocks and the certified safety circuit
decide. Nothing here resets, masks or waits for a safety function.
"""

import msgspec

from controller.domain.reasons import Blocker
from controller.domain.sentences import in_chinese
from controller.line.belt import PlcFlag
from controller.line.readiness import line_blockers
from controller.line.state import Draft, LineState


class Condition(msgspec.Struct, frozen=True):
    """An unmet condition, in both languages."""

    code: str
    zh: str
    en: str
    next_zh: str
    next_en: str


E_STOP = Condition(
    "emergency_stop",
    "急停已按下",
    "an emergency stop is pressed or the safety circuit is open",
    "查明原因, 在现场复位急停",
    "find out why, then release it at the machine",
)
GUARDS_OPEN = Condition(
    "guards_open", "防护门打开", "a guard is open", "关好防护门, 现场复位", "close the guard, reset at the machine"
)
SAFETY_RESET = Condition(
    "safety_reset_needed",
    "安全回路待复位",
    "the safety circuit waits for its reset button",
    "在现场按安全复位按钮",
    "press the safety reset button at the machine",
)
LOCAL_START = Condition(
    "local_start_needed",
    "须现场启动",
    "after a safety stop the belt starts from its own button alone",
    "在现场按启动按钮",
    "press the start button at the machine",
)
LOCAL_MODE = Condition("local_mode", "就地控制", "the belt is in local mode", "将选择开关转到远程", "turn the selector to remote")
JAM = Condition("jam", "堵塞", "a photo-eye reports a jam", "清除堵塞后复位", "clear the jam, then reset")

CONDITIONS = (E_STOP, GUARDS_OPEN, SAFETY_RESET, LOCAL_START, LOCAL_MODE, JAM)

_NEEDS_LINK = ("plc_not_ready", "not_configured")
_BEFORE_START = ("plc_fail_safe", "session_conflict", "task_down")


def unmet(state: LineState, command: str) -> tuple[Condition, ...]:
    """Everything that stands against a command to the belt; nothing for `stop` and `hold`, ever."""
    if command in ("stop", "hold", "mute"):
        return ()
    wanted = (*_NEEDS_LINK, *_BEFORE_START) if command == "start" else _NEEDS_LINK
    found = [_of(blocker) for blocker in line_blockers(Draft(state, state.facts.line_ms)) if blocker.code in wanted]
    status = state.facts.plc_status
    if command == "start" and status is not None and state.facts.plc_synced:
        flags = status.flags
        found += [
            condition for condition, stands in (
                (E_STOP, not flags & PlcFlag.E_STOP_HEALTHY), (GUARDS_OPEN, not flags & PlcFlag.GUARDS_CLOSED),
                (SAFETY_RESET, bool(flags & PlcFlag.SAFETY_RESET_NEEDED)),
                (LOCAL_START, bool(flags & PlcFlag.LOCAL_START_NEEDED)), (LOCAL_MODE, bool(flags & PlcFlag.LOCAL_MODE)),
                (JAM, bool(flags & PlcFlag.JAM)),
            ) if stands
        ]  # fmt: skip
    return tuple(found)


def _of(blocker: Blocker) -> Condition:
    reason = blocker.reason
    return Condition(blocker.code, in_chinese(blocker.cause), blocker.cause, reason.next_zh, reason.next_en)
