"""The machine under the daemon in a rehearsal: it is killed, loses power, hangs, has a bad disk and a wandering clock.

One rule: the daemon itself runs unmodified. A service manager starts it again a second after it ended, for whatever reason,
as the shipped unit does.
"""

import asyncio
import contextvars
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from controller.daemon.companions import Companion
from controller.daemon.ports import Surroundings
from controller.daemon.service import Daemon, paths_of
from controller.records.errors import JournalBusy, RecordsError
from controller.records.journal import Journal
from controller.rehearsal.ends import PLANTED, planned
from controller.rehearsal.sometimes import at_death
from controller.settings.model import Settings
from drivers.camera.camera import CaptureMaker
from drivers.serial_port.ports import SerialTransport
from simulators.customs_office.office import BEIJING
from simulators.world.disk import CrashDisk
from simulators.world.nodes import Node
from simulators.world.seeded_loop import SeededLoop

RESTART_S = 1.0
POWER_BACK_S = 3.0
# Nothing on the line waits for the records, and each look of theirs costs: the daemon's own half second, or seldom.
RECORDS_EVERY_S = (0.5, 2.0, 2.0, 2.0)
WORK_S = (0.000_2, 0.003)
ZERO = datetime(2026, 11, 23, tzinfo=UTC)


def customs_clock() -> Callable[[], datetime]:
    """Customs' own clock is right, whatever the one of the daemon's machine does."""
    loop = asyncio.get_running_loop()
    return lambda: (ZERO + timedelta(seconds=loop.time())).astimezone(BEIJING)


class Host:
    """One computer. `ended` counts exit codes, `crashed` how it died."""

    def __init__(
        self, loop: SeededLoop, settings: Settings, disk: CrashDisk, transport: SerialTransport, capture: CaptureMaker,
        seed: int,
        tell: Callable[[str], None], companions: tuple[Companion, ...] = (),
    ) -> None:  # fmt: skip
        self._loop = loop
        self._settings = settings
        self._disk = disk
        self._transport = transport
        self._capture = capture
        self._seed = seed
        self._tell = tell
        self._companions = companions
        self._outside = contextvars.copy_context()
        self._records_every_s = random.Random(f"{seed}/records").choice(RECORDS_EVERY_S)
        self._work_rng = random.Random(f"{seed}/work")
        self._wall_s = 0.0
        self._slow_s = 0.0
        self._starts = 0
        self._next_start: asyncio.TimerHandle | None = None
        self._closed = False
        self._node: Node | None = None
        self._dead: list[Node] = []
        self._served: list[asyncio.Task[int]] = []
        self.daemon: Daemon | None = None
        self.crashed: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.sometimes: Counter[str] = Counter()
        self.failed_parts: list[str] = []
        self.unplanned: list[str] = []
        self.two_owners = 0
        self._kill_after_jobs = self._library_faults = 0
        self._kill_at_checkpoint = False
        self.stopped_well = False
        self.on_start: Callable[[Daemon], None] = lambda daemon: None
        disk.on_cut = self._power_went
        loop.work_s = self._work

    # --- life of the daemon ---
    @property
    def runs(self) -> bool:
        return self._node is not None and self._node.alive

    @property
    def tasks(self) -> int:
        """How many tasks of the running daemon have not ended."""
        return len(self._node.unfinished()) if self._node is not None else 0

    def start(self) -> None:
        self._next_start = None
        self._starts += 1
        number = self._starts
        node = self._node = Node(f"daemon {number}")
        ids = random.Random(f"{self._seed}/ids/{number}")
        around = Surroundings(
            "rehearsal", self._wall, random.Random(f"{self._seed}/daemon/{number}"), lambda: self._new_id(ids), self._transport,
            capture=self._capture, records_every_s=self._records_every_s,
            analyser_pool=lambda: ThreadPoolExecutor(1),  # the loop does the work itself, at its own time
            companions=self._companions, on_part_failed=self.failed_parts.append,
        )  # fmt: skip
        self._tell(f"daemon {number} starts")
        context = node.context()
        self.daemon = context.run(Daemon, self._settings, "rehearsal", around)
        served = self._loop.create_task(self.daemon.serve(), name=node.name, context=context)
        served.add_done_callback(self._served_out, context=self._outside.copy())
        self._served.append(served)

    def _served_out(self, task: asyncio.Task[int]) -> None:
        if self._closed or task.cancelled() or self._node is None or not self._node.alive:
            return
        error = task.exception()
        how = f"exit {task.result()}" if error is None else type(error).__name__
        self._note_end(how)
        self.ended[how] += 1
        fatal = error or (self.daemon.fatal if self.daemon is not None else None)
        if not planned(fatal):
            self.unplanned.append(f"{how}: {fatal!r}")
        self._tell(f"daemon ended: {how}{f': {error}' if error else ''}")
        self._node.kill()
        self._bury_later()
        self._let_go()
        self._start_after(RESTART_S)

    def _note_end(self, how: str) -> None:
        core = self.daemon.core if self.daemon is not None else None
        if how not in ("exit 0", "exit 2", "exit 75"):
            where = (
                "in recovery"
                if core is None
                else "while deciding"
                if core.state.facts.plc_synced
                else "before the PLC was reconciled"
            )
            self.sometimes[f"journal dead {where}"] += 1

    def _let_go(self) -> None:
        """What the system takes back from a process that is gone."""
        if self.daemon is not None and self.daemon.journal is not None:
            self.daemon.journal.abandon()
        self._disk.close_connections()

    def _start_after(self, delay_s: float) -> None:
        if self._next_start is None and not self._closed:
            self._next_start = self._loop.call_later(delay_s, self.start, context=self._outside)

    def _bury_later(self) -> None:
        if self._node is not None:
            self._dead.append(self._node)
            self._node = None

    async def stop(self) -> int | None:
        """Asks the daemon to stop, as at the end of a shift; None if none runs."""
        self._closed = True
        if self._next_start is not None:
            self._next_start.cancel()
        if not self.runs or self.daemon is None:
            return None
        self.daemon.stop()
        code = await self._served[-1]
        self.stopped_well = code == 0
        return code

    async def clear_away(self) -> None:
        """After the verdict: what dead daemons left in memory goes, too."""
        for node in self._dead:
            await self._loop.bury(node)
        await asyncio.gather(*self._served, return_exceptions=True)

    # --- faults (simulators.faults.site.Machine) ---
    def kill(self) -> None:
        if not self.runs:
            return
        self._die("kill", silent=False)
        self._start_after(RESTART_S)

    def power_loss(self) -> None:
        if not self.runs:
            return
        self._die("power", silent=True)

    def power_loss_at_write(self, operations: int) -> None:
        self._disk.cut_at_operation = self._disk.operations + operations

    def _power_went(self) -> None:
        """In the middle of a write: from here on nothing of the node runs; the rest is done when its step is over."""
        if self._node is not None:
            self._node.alive = False
        self._loop.call_soon(self._die, "power at write", True, context=self._outside)

    def _die(self, how: str, silent: bool) -> None:
        node = self._node
        self.crashed[how] += 1
        self.sometimes.update(at_death(self.daemon))
        self._tell(f"daemon dies: {how}")
        if node is not None:
            node.kill(silent=silent)
            self._bury_later()
        if silent:
            self._disk.power_cut()
        self._let_go()
        if silent:
            self._start_after(POWER_BACK_S)

    def hang(self, frozen: bool) -> None:
        if self._node is None:
            return
        if frozen:
            self._node.frozen = True
            self._tell("daemon hangs")
        elif self._node.frozen:
            self._loop.thaw(self._node)
            self._tell("daemon goes on")

    def terminate(self) -> None:
        if self.daemon is not None and self.runs:
            self.daemon.stop()

    def second_daemon(self) -> None:
        """It must find the journal owned and say so. One that does not is let go at once, and counted as `not refused`."""
        paths = paths_of(self._settings)
        try:
            Journal.open(paths.journal, anchors_dir=paths.anchors).abandon()
        except JournalBusy:
            self.sometimes["second daemon refused"] += 1
            return
        except RecordsError as error:
            # The first one may be starting or dying just now, or the disk is bad.
            self._tell(f"second daemon: {error}")
            return
        if self.runs and self.daemon is not None and self.daemon.journal is not None and not self.daemon.journal.is_dead:
            self.two_owners += 1

    def wall_jump(self, seconds: float) -> None:
        self._wall_s += seconds

    def disk_slow(self, seconds: float) -> None:
        self._slow_s = seconds

    def disk_full(self, full: bool) -> None:
        self._disk.full = full

    def disk_error(self) -> None:
        self._disk.fail_next = 1

    def kill_at_work(self, jobs: int, checkpoint: bool) -> None:
        self._kill_after_jobs, self._kill_at_checkpoint = jobs, checkpoint

    def _due_to_die(self) -> bool:
        core = self.daemon.core if self.daemon is not None else None
        if self._kill_at_checkpoint:
            due = core is not None and any(not flight.passed for flight in core._flights)
            self._kill_after_jobs -= due * self._kill_after_jobs
            return due
        self._kill_after_jobs -= 1
        return self._kill_after_jobs == 0

    def library_fault(self) -> None:
        self._library_faults = 1

    def heal(self) -> None:
        self._kill_after_jobs = self._library_faults = self._disk.fail_next = self._disk.cut_at_operation = 0

    def opening(self) -> None:
        """A port is being opened."""
        if self._library_faults:
            self._library_faults = 0
            raise RuntimeError(PLANTED)

    # --- surroundings ---
    def _new_id(self, ids: random.Random) -> str:
        new_id = f"{ids.getrandbits(64):016x}"
        self._tell(f"id {new_id}")
        return new_id

    def _wall(self) -> datetime:
        return ZERO + timedelta(seconds=self._loop.time() + self._wall_s)

    def _work(self, node: Node | None) -> tuple[float, float]:
        """Executors take a little time, before and after; a crash may fall into either."""
        least_s, most_s = WORK_S
        before_s = least_s + (most_s - least_s) * self._work_rng.random()
        after_s = least_s + (most_s - least_s) * self._work_rng.random()
        slow_s = self._slow_s
        if self._kill_after_jobs and node is self._node and self._due_to_die():
            self._loop.call_later(before_s + slow_s / 2 + after_s / 2, self.kill, context=self._outside)
        return (before_s + slow_s / 2, after_s + slow_s / 2)
