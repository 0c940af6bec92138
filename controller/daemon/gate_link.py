"""Between a gate's driver and the core: forms become events, answers become forms, bytes of both ways go to evidence.

One rule: the bytes of a truck are in evidence before the event that names them; an answer leaves at once and its bytes are kept
behind it. An officer's word that comes over a gate's wire counts only where the configuration trusts that console.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime, timedelta, timezone

from controller.daemon.core_loop import CoreLoop
from controller.domain.reasons import CATALOGUE, Role
from controller.line.commands import AnswerGate
from controller.line.departure_state import Visit
from controller.line.event_base import EvidenceNamed
from controller.line.events import AnyEvent, DeviceDown, DeviceUp
from controller.line.gate_events import GateAnswerSent, GateArrived, GateChecked, GateFrameRefused
from controller.records.evidence import EvidenceStore
from controller.settings.departure import Gate
from drivers.gate.forms import GatherFeedback, GatherInfo, ManualCheck
from drivers.gate.gate_driver import (
    FormRead,
    FrameUnread,
    GateDown,
    GateDriver,
    GateNotSentError,
    GateReport,
    GateSettings,
    GateUp,
)

log = logging.getLogger("xiyong.gate")

QUEUE_LIMIT = 256
BEIJING = timezone(timedelta(hours=8))
TEXT_KEPT = 200
MEDIA_TYPE = "application/octet-stream"

Work = tuple[bytes, str, Callable[[EvidenceNamed], AnyEvent | None], str, Role]


class GateLink:
    """One gate. `run` under supervision; `answer` is called by the dispatcher."""

    def __init__(
        self, options: Gate, core: CoreLoop, evidence: EvidenceStore, executor: Executor, wall: Callable[[], datetime]
    ) -> None:
        self._options = options
        self._core = core
        self._evidence = evidence
        self._executor = executor
        self._wall = wall
        self._work: asyncio.Queue[Work] = asyncio.Queue(QUEUE_LIMIT)
        self._kept = 0
        settings = GateSettings(
            options.name, options.host, options.port, options.area_id, options.channel_no, int(options.code_bytes)
        )
        self._driver = GateDriver(settings, self._report)

    async def run(self) -> None:
        """Serve the gate for ever; an error of the evidence disk ends it, and with it the supervised task."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._driver.run(), name=f"gate {self._options.name} wire")
            tasks.create_task(self._keep_and_post(), name=f"gate {self._options.name} evidence")

    async def _keep_and_post(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            raw, name, event_of, actor, role = await self._work.get()
            ref = await loop.run_in_executor(self._executor, self._evidence.put, raw, MEDIA_TYPE)
            event = event_of(EvidenceNamed(ref.sha256, ref.size, name))
            if event is not None:
                self._core.post(event, actor=actor, role=role)

    def _later(
        self, raw: bytes, what: str, event_of: Callable[[EvidenceNamed], AnyEvent | None], actor: str, role: Role = Role.LINE
    ) -> None:
        """Queue bytes for evidence and the event behind them. A gate that floods us is cut off: it tells again."""
        self._kept += 1
        try:
            self._work.put_nowait((raw, f"gate-{self._options.name}-{self._kept}-{what}.bin", event_of, actor, role))
        except asyncio.QueueFull:
            log.error("gate %s sends faster than its bytes can be kept: %s not taken", self._options.name, what)

    # --- from the gate ---

    def _report(self, report: GateReport) -> None:
        name = self._options.name
        match report:
            case GateUp():
                log.info("gate %s is connected", name)
                self._core.post(DeviceUp(name), actor=name)
            case GateDown():
                log.warning("gate %s: %s: %s; %s", name, report.code, report.cause, report.next_step)
                self._core.post(DeviceDown(name, report.code, report.cause), actor=name)
            case FrameUnread():
                self._later(report.raw, "refused", lambda kept: GateFrameRefused(name, report.code, report.cause, kept), name)
            case FormRead():
                self._form(report)

    def _form(self, report: FormRead) -> None:
        name, form = self._options.name, report.form
        if isinstance(form, GatherInfo):
            self._later(report.raw, "arrival", lambda kept: _arrival(name, form, kept), name)
        elif isinstance(form, ManualCheck) and self._options.manual_check:
            actor = f"{name}:{form.operator_id}"[:TEXT_KEPT]
            self._later(
                report.raw, "check",
                lambda kept: GateChecked(name, form.session_id, form.result, form.comment[:TEXT_KEPT], kept), actor, Role.OFFICER,
            )  # fmt: skip
        elif isinstance(form, ManualCheck):
            cause = f"an officer's word of {form.operator_id or 'nobody'} came over a wire that is not trusted with it"
            self._later(report.raw, "refused", lambda kept: GateFrameRefused(name, "manual_check_not_trusted", cause, kept), name)
        else:
            self._later(report.raw, "devices", lambda kept: None, name)

    # --- to the gate ---

    def answer(self, command: AnswerGate) -> None:
        """Send an answer now; without a link it is dropped, the gate will tell of its truck again."""
        standing = self._core.state.visits.get(command.gate)
        visit = standing.of_session(command.session_id) if standing is not None else None
        form = _feedback(self._options, command, visit, self._wall())
        direction = visit.direction if visit is not None and len(visit.direction) == 1 and visit.direction.isascii() else "E"
        try:
            raw = self._driver.send(form, direction)
        except GateNotSentError as error:
            log.warning("answer %s for session %s not sent: %s", command.result, command.session_id, error)
            return
        self._later(
            raw, "answer", lambda kept: GateAnswerSent(command.gate, command.session_id, command.result, kept), "daemon"
        )  # fmt: skip


def _arrival(name: str, form: GatherInfo, kept: EvidenceNamed) -> GateArrived:
    return GateArrived(
        name, form.session_id, form.direction[:1], form.mode[:1], form.plate[:TEXT_KEPT], form.container_no[:TEXT_KEPT],
        form.seal_no[:TEXT_KEPT], form.gross_g, form.form_id[:TEXT_KEPT], form.plate_sure, form.container_sure, kept,
    )  # fmt: skip


def _feedback(options: Gate, command: AnswerGate, visit: Visit | None, now: datetime) -> GatherFeedback:
    """The answer as a form. A gate's sign is read by drivers: reasons of customs alone go out under their neutral code."""
    reasons = [CATALOGUE[code] for code in command.codes if code in CATALOGUE]
    codes = list(dict.fromkeys(reason.neutral for reason in reasons))
    texts = list(dict.fromkeys("海关查看" if reason.customs_only else reason.zh for reason in reasons))
    refused = command.result != "Y"
    return GatherFeedback(
        session_id=command.session_id, area_id=options.area_id, channel_no=options.channel_no,
        feedback_time=now.astimezone(BEIJING).strftime("%Y%m%d%H%M%S"), check_result=command.result,
        proc_error_code=",".join(codes) if refused else "", proc_error_description="，".join(texts) if refused else "",
        plate=visit.plate if visit is not None else "", container_no=visit.container_no if visit is not None else "",
        eseal_id=visit.seal_no if visit is not None else "", form_id=command.pass_id, op_hint="，".join(texts),
        led_hint=command.hint,
    )  # fmt: skip
