"""What has no station: the daemon's own parts, devices that come and go, the line's start and stop.

One rule: what is missing is remembered by name until it is back; nothing here releases anything.
"""

from controller.domain.reasons import COMPANY_LEADS, CUSTOMS, CUSTOMS_DECIDES, Role
from controller.line import configuring
from controller.line.alarm_acts import silence
from controller.line.alarm_state import alarm_key
from controller.line.alarming import stood_before
from controller.line.came_when import unread_ms
from controller.line.check_events import ReplayDiffered, SelfCheckFailed
from controller.line.commands import CommandCode
from controller.line.customs_out import INBOX, on_inbox_read
from controller.line.events import (
    ConfigLoaded,
    DaemonStopping,
    DeviceDown,
    DeviceUp,
    EventNotKept,
    ImportRefused,
    LineCommanded,
    RecordsIncomplete,
    Stamped,
    TaskBack,
    TaskEnded,
)
from controller.line.gate_events import MessageAnswered
from controller.line.people_events import Exported, ScreenAlive, ScreenSilent
from controller.line.plc_events import EpochWanted
from controller.line.readiness import command, hold_line, mute
from controller.line.state import Draft
from controller.line.tracking import begin_ring_anew

COMMANDS: dict[str, CommandCode] = {
    "start": CommandCode.START,
    "stop": CommandCode.STOP,
    "hold": CommandCode.HOLD,
    "unhold": CommandCode.UNHOLD,
    "reset": CommandCode.RESET,
    "clear": CommandCode.CLEAR,
    "resume": CommandCode.RESUME,
}
MAY_STOP = tuple(Role)
CUSTOMS_VERSION = "customs"  # of a carton's story
MAY_RUN = (Role.OPERATOR, *COMPANY_LEADS, *CUSTOMS_DECIDES)


def on_config(draft: Draft, event: ConfigLoaded) -> None:
    draft.set_facts(profile=event.profile, config_sha256=event.sha256)
    configuring.on_loaded(draft, event)


def on_stopping(draft: Draft, event: DaemonStopping) -> None:
    draft.set_facts(unread_ms=unread_ms(draft), plc_synced=False, started_ms=draft.now_ms)


def on_task_ended(draft: Draft, event: TaskEnded) -> None:
    if event.task not in draft.facts.tasks_down:
        draft.set_facts(tasks_down=(*draft.facts.tasks_down, event.task))
        draft.alarm("task_down", event.task, event.error)


def on_task_back(draft: Draft, event: TaskBack) -> None:
    draft.set_facts(tasks_down=tuple(t for t in draft.facts.tasks_down if t != event.task))


def on_event_not_kept(draft: Draft, event: EventNotKept) -> None:
    draft.alarm("event_not_kept", event.source, event.cause)


def on_records_incomplete(draft: Draft, event: RecordsIncomplete) -> None:
    named = ", ".join(str(seq) for seq in event.rows)
    draft.alarm("records_incomplete", event.where, f"journal rows {named}: {event.error}; {event.count} in all")


def on_replay_differed(draft: Draft, event: ReplayDiffered) -> None:
    hold_line(draft, "replay_differs", f"journal row {event.at_seq}")


def on_self_check_failed(draft: Draft, event: SelfCheckFailed) -> None:
    hold_line(draft, "self_check_failed", f"{event.code}: {event.cause}")


def on_epoch_wanted(draft: Draft, event: EpochWanted) -> None:
    """Propose an epoch that the journal has never used (contract, EPOCH)."""
    begin_ring_anew(draft)
    used = [int(key) for key in draft.state_epochs()]
    epoch = max(used, default=0) + 1
    if epoch > 65535:
        draft.alarm("epochs_used_up", "line", "every epoch was used: a new line id is needed")
        return
    command(draft, CommandCode.PROPOSE_EPOCH, epoch, event.boot_nonce)


def on_device_down(draft: Draft, event: DeviceDown) -> None:
    if event.device not in draft.facts.devices_down:
        draft.set_facts(devices_down=(*draft.facts.devices_down, event.device))
        if not stood_before(draft, "device_down", event.device):
            draft.alarm("device_down", event.device, f"{event.code}: {event.cause}")


def on_device_up(draft: Draft, event: DeviceUp) -> None:
    draft.set_facts(
        devices_down=tuple(d for d in draft.facts.devices_down if d != event.device),
        inbox_unread=draft.facts.inbox_unread and event.device != INBOX,
    )
    on_inbox_read(draft)


def on_screen_silent(draft: Draft, event: ScreenSilent) -> None:
    if event.screen not in draft.facts.screens_dead:
        draft.set_facts(screens_dead=(*draft.facts.screens_dead, event.screen))
        if stood_before(draft, "screen_dead", f"screen:{event.screen}"):
            return
        draft.alarm("screen_dead", f"screen:{event.screen}", f"nothing new drawn for {event.silent_ms} ms")


def on_screen_alive(draft: Draft, event: ScreenAlive) -> None:
    draft.set_facts(screens_dead=tuple(one for one in draft.facts.screens_dead if one != event.screen))


def on_import_refused(draft: Draft, event: ImportRefused) -> None:
    draft.alarm("import_refused", event.name, f"{event.code}: {event.cause}")


def on_line_commanded(draft: Draft, stamped: Stamped, event: LineCommanded) -> None:
    code = COMMANDS.get(event.command)
    if code is None and event.command != "mute":
        draft.refuse("command_unknown", event.command, "no such command", "one of " + ", ".join((*COMMANDS, "mute")))
        return
    allowed = MAY_STOP if event.command in ("stop", "hold") else MAY_RUN
    if stamped.role not in allowed:
        draft.refuse("role_not_allowed", event.command, f"{stamped.role} may not {event.command} the line",
                     "ask " + " or ".join(allowed))  # fmt: skip
        return
    if code is None:
        mute(draft)
        silence(draft, stamped.role)
        draft.note("line", f"sounder muted by {stamped.actor}: {event.cause}")
        return
    if event.command not in ("stop", "hold") and not draft.facts.plc_synced:
        draft.refuse("plc_not_ready", event.command, "the PLC is not reconciled; nothing is queued for it",
                     "wait until it is back, then ask again")  # fmt: skip
        return
    command(draft, code)
    draft.note("line", f"{event.command} by {stamped.actor}: {event.cause}")


def on_exported(draft: Draft, stamped: Stamped, event: Exported) -> None:
    """A record only; it stands in the carton's story. What customs takes is customs' own."""
    of_customs = stamped.role in CUSTOMS or (event.what == "story" and event.about == CUSTOMS_VERSION)
    look = "customs look: " if of_customs else ""
    subject = f"carton:{event.carton}" if event.carton else "line"
    if event.what == "story":
        draft.note(subject, f"{look}story exported by {stamped.actor}: {event.reason}")
    elif event.what == "record":
        draft.note(subject, f"{look}paper of inspection record {event.about} taken by {stamped.actor}: {event.reason}")
    elif event.what == "statistics":
        draft.note(subject, f"{look}statistics taken by {stamped.actor}: {event.about}")
    else:
        draft.note(subject, f"{look}diagnostics bundle taken by {stamped.actor}: {event.reason}")


def on_message_answered(draft: Draft, event: MessageAnswered) -> None:
    """Another organisation has what it was told; a no is for people to look at."""
    # What is told of a list is the result of a look into it, and that is between customs and customs.
    look = "customs look: " if event.to == "customs" and event.key.startswith("list:") else ""
    draft.note(event.key, f"{look}{event.to} answered: {event.result} {event.text}".rstrip())
    if event.result != "accepted" and look:  # its list would tell the company what was opened
        detail = f"customs look: what it was told of {event.key} is refused: {event.text}"
        draft.alarm("message_refused", _numbered(draft, event.to, detail), detail)
    elif event.result != "accepted":
        draft.alarm("message_refused", event.key, f"{event.to}: {event.text}")


def _numbered(draft: Draft, to: str, detail: str) -> str:
    """Each refusal has an alarm of its own, for people see to each; by a number, which does not say what it is about."""
    subject, number = to, 1
    while (kept := draft.alarms_kept.get(alarm_key("message_refused", subject))) is not None and kept.detail not in ("", detail):
        number += 1
        subject = f"{to}:{number}"
    return subject


def ignore(draft: Draft, event: object) -> None:
    """The event is a record only."""
