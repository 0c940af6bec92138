"""The daemon: one line, put together and kept running.

One rule: nothing here decides. It recovers the state, starts every task under supervision, and ends the process when
the journal dies or another session rules the PLC; the service manager starts it again.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from controller.daemon.camera_link import CameraLink
from controller.daemon.clock import LineClock
from controller.daemon.companions import Aboard
from controller.daemon.control import Control
from controller.daemon.core_loop import CoreLoop
from controller.daemon.customs_link import CustomsPulse, customs_sender
from controller.daemon.dispatching import Dispatch
from controller.daemon.event_log import event_log
from controller.daemon.field_devices import scale_task, scanner_task
from controller.daemon.folder_work import FolderWork
from controller.daemon.gate_link import GateLink
from controller.daemon.imaging import Imaging
from controller.daemon.imports import Importer
from controller.daemon.inbox import Inbox
from controller.daemon.line_profile import config_event, config_text, rules_event_over
from controller.daemon.outbox import Outbox, Send
from controller.daemon.plc_link import PlcLink
from controller.daemon.port_link import port_sender
from controller.daemon.ports import Surroundings
from controller.daemon.records_link import records_follower
from controller.daemon.recovery import Recovered, away_ms, recover
from controller.daemon.stack_lights import stack_light
from controller.daemon.supervision import FatalEnd, supervise
from controller.daemon.timers import LoopTimers
from controller.daemon.watchdog import Watchdog, feed_every_s, while_starting
from controller.domain.reasons import Role
from controller.line.check_events import ReplayDiffered
from controller.line.events import AnyEvent, DaemonStarted, DaemonStopping
from controller.line.state import encode_state
from controller.line.tracking import last_ring_seq
from controller.records.errors import JournalDead, RecordsError
from controller.records.evidence import EvidenceStore
from controller.records.journal import Journal
from controller.records.ownership import make_directory
from controller.records.tables import open_records
from controller.records.writer import JournalWriter
from controller.settings.model import Settings
from controller.settings.problems import SettingsError
from controller.settings.targeting_rules import LoadedRules, load_rules
from drivers.plc.driver import Cil1Driver
from drivers.plc.settings import Cil1Settings

log = logging.getLogger("xiyong")

JOURNAL_NAME, CONTROL_NAME = "journal.sqlite", "control.sock"
STOP_WITHIN_S, LINGER_S = 5, 1.0
SOCKET_PATH_MOST_BYTES = 107  # unix(7), with its closing zero 108
# Without these the line works: kinds of tasks, the part of a name before the colon.
WORKS_WITHOUT = (
    "records", "stack_light", "gate", "outbox", "customs", "camera", "mqtt", "console", "statistics", "trace", "analyser",
)  # fmt: skip


class Paths(msgspec.Struct, frozen=True):
    """Where this daemon keeps what."""

    data: Path
    journal: Path
    anchors: Path
    evidence: Path
    inbox: Path
    control: Path


def paths_of(settings: Settings) -> Paths:
    data = Path(settings.site.data_dir)
    return Paths(
        data, Path(settings.journal.dir) / JOURNAL_NAME, Path(settings.journal.anchor_dir), data / "evidence",
        Path(settings.customs.inbox_dir), data / CONTROL_NAME,
    )  # fmt: skip


def plc_settings(settings: Settings) -> Cil1Settings:
    plc, line = settings.plc, settings.line
    return Cil1Settings(
        host=plc.host, port=plc.port, unit_id=plc.unit_id, line_id=line.id, address_base=plc.address_base,
        status_base=plc.status_base, ring_base=plc.ring_base, table_base=plc.table_base, host_base=plc.host_base,
        timeout_ms=plc.timeout_ms, poll_ms=plc.poll_ms, deadline_mm=line.geometry.deadline_mm,
        hb_limit_ms=plc.hb_limit_ms, default_lane=settings.lanes[settings.rules.default_lane].code,
    )  # fmt: skip


def records_engine(url: str) -> sa.Engine:
    """SQLite with the settings of the records room, or the site's own database."""
    prefix = "sqlite:///"
    return open_records(url.removeprefix(prefix)) if url.startswith(prefix) else sa.create_engine(url, hide_parameters=True)


class Daemon:
    """One run of the daemon on the running loop. `serve()` returns the exit code of the process."""

    def __init__(self, settings: Settings, source: str, around: Surroundings) -> None:
        self._settings = settings
        self._source = source
        self._around = around
        self._paths = paths_of(settings)
        self._stop = asyncio.Event()
        self.fatal: FatalEnd | JournalDead | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._rules: LoadedRules | None = None
        self._closing: list[Callable[[], None]] = []
        self.core: CoreLoop | None = None
        self.journal: Journal | None = None

    async def serve(self) -> int:
        """Recover, run until asked to stop, close. 0 = asked to, 70 = journal dead, 75 = start me again."""
        loop = asyncio.get_running_loop()
        self._make_folders()
        self._rules = self._load_rules()
        journal = self.journal = Journal.open(self._paths.journal, anchors_dir=self._paths.anchors)
        executor = ThreadPoolExecutor(1, thread_name_prefix="journal")
        long_work = ThreadPoolExecutor(2, thread_name_prefix="long-work")
        try:
            recovered = await while_starting(self._around.notify, loop.run_in_executor(executor, recover, journal))
            away = await loop.run_in_executor(executor, away_ms, journal, recovered.seq, self._around.wall())
            self._say_recovered(journal, recovered)
            clock = LineClock(loop, max(recovered.state.facts.line_ms, journal.last_line_ms), self._around.wall)
            writer = JournalWriter(journal, executor)
            await self._run(loop, clock, writer, recovered, away, long_work)
        except JournalDead as dead:
            self._journal_died(dead)
        finally:
            await self._cancel_tasks()
            if not journal.is_dead:
                try:
                    await loop.run_in_executor(executor, journal.close)
                except JournalDead as dead:
                    self._journal_died(dead)
            long_work.shutdown(wait=True, cancel_futures=True)
            executor.shutdown(wait=True)
            for close in self._closing:  # the journal first: it counts most
                close()
        if isinstance(self.fatal, JournalDead):
            return 70
        return 75 if self.fatal is not None else 0

    def _journal_died(self, dead: JournalDead) -> None:
        """Also with the first rows of a start and the last of a stop: whoever starts the daemon again must know why."""
        self.fatal = dead
        log.critical("the journal died: %s", dead)

    def stop(self) -> None:
        self._stop.set()

    def stop_on_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)

    def _make_folders(self) -> None:
        socket_bytes = len(os.fsencode(self._paths.control))
        if socket_bytes > SOCKET_PATH_MOST_BYTES:
            cause = f"{self._paths.control} has {socket_bytes} bytes, a socket's path at most {SOCKET_PATH_MOST_BYTES}"
            raise RecordsError("data_dir_unusable", cause, "choose a data directory with a shorter path")
        for folder in (self._paths.data, self._paths.journal.parent, self._paths.anchors, self._paths.evidence):
            try:
                make_directory(folder)
            except OSError as error:
                cause = f"{folder}: {error.strerror or error}"
                raise RecordsError("data_dir_unusable", cause, "name a directory that this account may write to") from error

    def _load_rules(self) -> LoadedRules | None:
        if not self._settings.customs.rules_file:
            return None
        try:
            return load_rules(self._settings.customs.rules_file)
        except SettingsError as error:
            first = error.problems[0]
            raise RecordsError(first.code, first.cause, first.next_step) from error

    def _say_recovered(self, journal: Journal, recovered: Recovered) -> None:
        for warning in journal.opened.warnings:
            log.warning("journal: %s", warning)
        log.info("journal: row %s, %s replayed, SQLite %s", recovered.seq, recovered.replayed, journal.opened.sqlite_version)

    async def _run(
        self, loop: asyncio.AbstractEventLoop, clock: LineClock, writer: JournalWriter, recovered: Recovered,
        away: int, long_work: ThreadPoolExecutor,
    ) -> None:  # fmt: skip
        timers = LoopTimers(loop, clock)
        facts = recovered.state.facts
        link = PlcLink(clock, facts.epoch, facts.command_seq, self._around.rng)
        dispatch = Dispatch(link)
        core = self.core = CoreLoop(
            recovered.state, writer, clock, dispatch, timers,
            checkpoint_every_rows=self._settings.journal.checkpoint_every_rows, on_part_failed=self._around.on_part_failed,
        )  # fmt: skip
        core.journal_seq = recovered.seq
        timers.post = core.post
        place = last_ring_seq(facts), facts.ring_lost_at > 0
        link.attach(core.post, Cil1Driver(plc_settings(self._settings), self._around.rng, link.report, *place))
        evidence = EvidenceStore(self._paths.evidence)
        importer = Importer(core, evidence, long_work)
        control = Control(core, importer, self._settings.site.mode.value, self._around.new_id)
        core_task = self._start_core(loop, core)
        imaging = Imaging(self._settings, clock, core, evidence, self._around.analyser_pool, long_work)
        try:
            await loop.run_in_executor(long_work, self._prepare_evidence, evidence)
            boot_id = await self._begin(core, recovered, away)
            timers.arm(core.state.timers)
            records = records_engine(self._settings.records.url)
            follower = records_follower(self._paths.journal, records, core)
            self._closing += (follower.close, records.dispose)
            starts: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
                "plc": link.run,
                "inbox": self._inbox(core, importer).run,
                "control": lambda: control.serve(self._paths.control),
                "records": lambda: follower.run(self._around.records_every_s, long_work),
            }
            if not self._around.serve_control:
                del starts["control"]
            starts |= self._devices(core, clock, dispatch)
            starts |= imaging.tasks()
            starts |= self._departure(core, dispatch, evidence, long_work)
            starts |= self._customs(core, long_work)
            for camera in self._settings.cameras:
                looking = CameraLink(camera, clock, core, evidence, long_work, self._around.capture)
                dispatch.cameras[camera.name] = looking.look
                starts[f"camera:{camera.name}"] = looking.run
            aboard = Aboard(
                self._settings, core, self._paths.journal, self._paths.data, boot_id, self._around.version, long_work,
                self._around.wall,
            )  # fmt: skip
            for companion in self._around.companions:
                starts |= companion(aboard)
            notify = self._around.notify
            if notify is not None:
                starts["watchdog"] = Watchdog(notify, lambda: link.due_s, writer.ping, feed_every_s()).run
            for name, start in starts.items():
                self._supervise(loop, name, start, core)
            self._tell_manager("READY=1")
            log.info("line %s (%s) is up, mode %s", self._settings.line.name, self._source, self._settings.site.mode)
            await self._wait(core_task)
            timers.close()  # so that the last checkpoint is of the last row
            await self._end(core, core_task, writer)
        finally:
            timers.close()
            imaging.close()
            core_task.cancel()
            await asyncio.gather(core_task, return_exceptions=True)

    def _devices(
        self, core: CoreLoop, clock: LineClock, dispatch: Dispatch
    ) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        """A task for each device of the settings, by its name."""
        starts: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {}
        for scanner in self._settings.scanners:
            starts[f"reader:{scanner.name}"] = scanner_task(
                scanner, clock, lambda e, n=scanner.name: core.post(e, actor=n), self._around.transport  # type: ignore[misc]
            )  # fmt: skip
        for scale in self._settings.scales:
            starts[f"scale:{scale.name}"] = scale_task(
                scale, clock, lambda e, n=scale.name: core.post(e, actor=n), self._around.transport  # type: ignore[misc]
            )  # fmt: skip
        for light in self._settings.stack_lights:
            show, run = stack_light(light, lambda e, n=light.name: core.post(e, actor=n))  # type: ignore[misc]
            dispatch.signals.append(show)
            starts[f"stack_light:{light.name}"] = run
        return starts

    def _inbox(self, core: CoreLoop, importer: Importer) -> Inbox:
        work = self._folder_work("inbox")
        poll_s = self._settings.customs.poll_s
        return Inbox(importer, self._paths.inbox, poll_s, work, lambda event: core.post(event, actor="inbox"))

    def _folder_work(self, name: str) -> FolderWork:
        made = FolderWork(name)
        self._closing.append(made.close)
        return made

    def _departure(
        self, core: CoreLoop, dispatch: Dispatch, evidence: EvidenceStore, executor: ThreadPoolExecutor
    ) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        """The tasks of gates and port, by their names."""
        starts: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {}
        for gate in self._settings.gates:
            link = GateLink(gate, core, evidence, executor, self._around.wall)
            dispatch.gates[gate.name] = link.answer
            starts[f"gate:{gate.name}"] = link.run
        if self._settings.port.url:
            sender = port_sender(self._settings.port)
            starts["outbox:port"] = self._outbox("port", sender, self._settings.port.retry_s, core, executor).run
        return starts

    def _customs(self, core: CoreLoop, executor: ThreadPoolExecutor) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        """The tasks of the link to customs, by their names."""
        customs = self._settings.customs
        starts: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {}
        if customs.office_url or customs.outbox_dir:
            sender = customs_sender(customs, self._folder_work("outbox"))
            starts["outbox:customs"] = self._outbox("customs", sender, customs.retry_s, core, executor).run
        if customs.office_url and customs.customs_silence_limit_s:
            starts["customs"] = CustomsPulse(customs, self._settings.line.id, core).run
        return starts

    def _outbox(self, to: str, send: Send, retry_most_s: float, core: CoreLoop, executor: ThreadPoolExecutor) -> Outbox:
        cursor = self._paths.data / "outbox" / f"{to}.json"
        return Outbox(
            to, self._settings.line.id, self._paths.journal, cursor, send, core, executor, retry_most_s=retry_most_s
        )  # fmt: skip

    def _start_core(self, loop: asyncio.AbstractEventLoop, core: CoreLoop) -> asyncio.Task[None]:
        return loop.create_task(core.run(), name="core")

    def _prepare_evidence(self, evidence: EvidenceStore) -> None:
        """What a crash left half written goes; the configuration is there before the event that names it."""
        evidence.remove_unfinished()
        evidence.put(config_text(self._settings), "application/json")

    async def _begin(self, core: CoreLoop, recovered: Recovered, away: int) -> str:
        boot_id = self._around.new_id()
        core.on_outcome.append(event_log(self._settings.line.name, boot_id))
        # The start first: it forgets the link of the last run, over which new rules could order a release.
        await core.submit(DaemonStarted(boot_id, self._around.version, away), actor="daemon", role=Role.LINE)
        await core.submit(config_event(self._settings, self._source), actor="daemon", role=Role.LINE)
        if self._rules is not None:
            by_two = bool(self._settings.console.host)
            event = rules_event_over(self._rules, core.state.facts.rules_sha256, signed_by_two=by_two)
            await core.submit(event, actor="customs", role=Role.LINE)
        if recovered.differs_at:
            log.critical("replay differs from the journal at row %s: the line is held", recovered.differs_at)
            await core.submit(ReplayDiffered(recovered.differs_at), actor="daemon", role=Role.LINE)
        return boot_id

    def _tell_manager(self, state: str) -> None:
        if self._around.notify is not None:
            self._around.notify(state)

    def _supervise(
        self, loop: asyncio.AbstractEventLoop, name: str, start: Callable[[], Coroutine[Any, Any, None]], core: CoreLoop
    ) -> None:
        def post(event: AnyEvent) -> None:
            core.post(event, actor="daemon")

        needed = name.partition(":")[0] not in WORKS_WITHOUT
        task = loop.create_task(supervise(name, start, post, needed=needed), name=f"supervise:{name}")
        task.add_done_callback(self._supervisor_ended)
        self._tasks.append(task)

    def _supervisor_ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        self.fatal = error if isinstance(error, FatalEnd) else FatalEnd(
            "supervisor_failed", f"{task.get_name()}: {error!r}", "the daemon starts again"
        )  # fmt: skip
        log.critical("%s", self.fatal)
        self._stop.set()

    async def _wait(self, core_task: asyncio.Task[None]) -> None:
        stopping = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({stopping, core_task}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)

    async def _end(self, core: CoreLoop, core_task: asyncio.Task[None], writer: JournalWriter) -> None:
        if core_task.done():
            self._core_ended(core_task)
            # The driver stays for a moment, so that a last stop and "not ready" reach the PLC.
            await asyncio.sleep(LINGER_S)
            return
        log.info("stopping")
        self._tell_manager("STOPPING=1")
        await self._cancel_tasks()
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await core.submit(DaemonStopping("asked to"), actor="daemon", role=Role.LINE)
                await writer.save_checkpoint(core.journal_seq, encode_state(core.state))
        except TimeoutError:
            log.error("the stop was not recorded within %s s: look at the disk; the next start replays", STOP_WITHIN_S)
            if core_task.done():
                self._core_ended(core_task)

    def _core_ended(self, core_task: asyncio.Task[None]) -> None:
        error = core_task.exception()
        self.fatal = error if isinstance(error, JournalDead) else FatalEnd("core_failed", repr(error), "the daemon starts again")
        log.critical("the core ended: %s", self.fatal)

    async def _cancel_tasks(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
