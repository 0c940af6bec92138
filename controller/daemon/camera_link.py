"""A camera of the line: its stream is kept open, and what the core asks to be read in its pictures is read and answered.

One rule: it proposes what pictures show and decides nothing. Pictures of a seal are in evidence before the event that names
them. Reading runs off the loop; a picture that is not believed is not read.
"""

import asyncio
import logging
from collections import deque
from concurrent.futures import Executor

from controller.daemon.clock import LineClock
from controller.daemon.core_loop import CoreLoop
from controller.daemon.field_devices import reads_of
from controller.line.commands import CameraWork, ReadLabels, ReadSeal, TakeStill
from controller.line.event_base import EvidenceNamed
from controller.line.events import AnyEvent, CodesRead, DeviceDown, DeviceUp, NoCodeRead, ReadText
from controller.line.recheck_events import StillNotTaken, StillTaken
from controller.line.seal_events import SealNotSeen, SealSeen
from controller.records.errors import EvidenceError
from controller.records.evidence import EvidenceStore
from controller.settings.cameras import Camera as CameraOptions
from controller.vision.barcodes import Reading, Stage, read_codes
from controller.vision.seals import Condition, as_jpeg, joined, judge_seal
from drivers.camera.camera import Camera, CaptureMaker
from drivers.camera.frames import CameraSettings, Frame
from drivers.camera.reports import CameraReport, CameraUp

log = logging.getLogger("xiyong.cameras")

WAITING_MOST = 8
TEXT_KEPT = 128
NUMBERS_KEPT = 8
# At the belt: one picture that two engines read alike is enough, else so many pictures that agree.
PICTURES_AGREE = 2
# The whole ladder costs ten times the first stage: only this picture of a carton in which nothing was found is worth it.
WHOLE_LADDER_AT = 3
# At the doors: two pictures so far apart, tried again until they are clear or the time is over.
BETWEEN_SEAL_PICTURES_S = 0.4
SEAL_WITHIN_S = 8.0
SEAL_BUDGET_MS = 400.0
STILL_WITHIN_S = 5.0
KIND = "image/jpeg"


class CameraLink:
    """`look` never blocks; `run` serves until cancelled."""

    def __init__(
        self, options: CameraOptions, clock: LineClock, core: CoreLoop, evidence: EvidenceStore, executor: Executor,
        capture: CaptureMaker,
    ) -> None:  # fmt: skip
        self._options = options
        self._clock = clock
        self._core = core
        self._evidence = evidence
        self._executor = executor
        self._waiting: deque[tuple[CameraWork, float]] = deque(maxlen=WAITING_MOST)
        self._asked = asyncio.Event()
        settings = CameraSettings(
            options.name, options.url, open_ms=options.open_ms, stall_ms=options.stall_ms, frozen_ms=options.frozen_ms,
            black_level=options.black_level,
        )  # fmt: skip
        self._camera = Camera(settings, self._report, capture)

    def look(self, command: CameraWork) -> None:
        """Take a command of the core. When WAITING_MOST wait the oldest goes: its carton has passed."""
        self._waiting.append((command, self._clock.loop_now_s()))
        self._asked.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._camera.run(), name=f"camera {self._options.name} stream")
            tasks.create_task(self._serve(), name=f"camera {self._options.name} reading")

    async def _serve(self) -> None:
        while True:
            while self._waiting:
                command, asked_s = self._waiting.popleft()
                self._post(await self._look(command, asked_s))
            self._asked.clear()
            await self._asked.wait()

    async def _look(self, command: CameraWork, asked_s: float) -> AnyEvent:
        match command:
            case ReadSeal():
                return await self._seal(command, asked_s)
            case TakeStill():
                return await self._still(command, asked_s)
            case ReadLabels():
                return await self._labels(command)

    def _post(self, event: AnyEvent) -> None:
        self._core.post(event, actor=self._options.name)

    def _report(self, report: CameraReport) -> None:
        if isinstance(report, CameraUp):
            log.info("camera %s is up", report.device)
            self._post(DeviceUp(report.device))
        else:
            log.warning("camera %s is down: %s: %s; %s", report.device, report.code, report.cause, report.next_step)
            self._post(DeviceDown(report.device, report.code, report.cause[:500]))

    # --- labels on the belt ---

    async def _labels(self, command: ReadLabels) -> AnyEvent:
        """Read picture after picture until two engines or two pictures agree, or the carton has passed."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._options.look_ms / 1000
        seen: dict[str, int] = {}
        symbologies: dict[str, str] = {}
        agreed, first_s, number, looked = False, -1.0, 0, 0
        while not agreed and (frame := await self._frame(number, until_s)) is not None:
            number = frame.number
            looked += 1
            stages = tuple(Stage) if looked == WHOLE_LADDER_AT and not seen else (Stage.FAST,)
            reading = await loop.run_in_executor(self._executor, self._read, frame, stages)
            if not reading.codes:
                continue
            first_s = frame.at_s if first_s < 0 else first_s
            for code in reading.codes:
                seen[code.text] = seen.get(code.text, 0) + 1
                symbologies[code.text] = code.symbology or symbologies.get(code.text, "")
            alike = reading.agreed and len(seen) == len(reading.codes)
            agreed = alike or min(seen.values()) >= PICTURES_AGREE
        if not seen:
            return NoCodeRead(self._options.name, command.role, self._clock.now_ms())
        codes = tuple(ReadText(text[:TEXT_KEPT], symbologies[text]) for text in seen)
        at_ms = max(self._clock.at(first_s) - self._options.delay_ms, 0)
        *before, last = reads_of(CodesRead(self._options.name, command.role, codes, agreed, at_ms))
        for event in before:
            self._post(event)
        return last

    def _read(self, frame: Frame, stages: tuple[Stage, ...]) -> Reading:
        return read_codes(frame.picture, now_s=self._clock.loop_now_s, stages=stages)

    async def _frame(self, after: int, until_s: float) -> Frame | None:
        """The next frame, or None when none can be believed before that instant."""
        try:
            async with asyncio.timeout_at(until_s):
                return await self._camera.next_frame(after)
        except TimeoutError:
            return None

    # --- seals at the doors ---

    async def _seal(self, command: ReadSeal, asked_s: float) -> AnyEvent:
        """Two pictures that agree and are clear; when the time is over, the last two as they are.

        Only light that fell into the lens after the check began counts: before that another truck may have stood there.
        """
        loop = asyncio.get_running_loop()
        until_s = asked_s + SEAL_WITHIN_S
        fresh_s = asked_s + self._options.delay_ms / 1000
        event: AnyEvent = self._not_seen(command, "no_picture", f"no two believable pictures within {SEAL_WITHIN_S:g} s")
        number = 0
        while (first := await self._frame(number, until_s)) is not None:
            if first.at_s < fresh_s:
                number = first.number
                continue
            await asyncio.sleep(BETWEEN_SEAL_PICTURES_S)
            second = await self._frame(first.number, until_s)
            if second is None:
                break
            number = second.number
            try:
                event = await loop.run_in_executor(self._executor, self._judged, command, first, second)
            except EvidenceError as error:
                return self._not_seen(command, error.code, error.cause)
            if isinstance(event, SealSeen) and event.condition != Condition.UNCLEAR and event.numbers:
                break
            if isinstance(event, SealSeen) and event.condition == Condition.ABSENT:
                break
        return event

    def _judged(self, command: ReadSeal, first: Frame, second: Frame) -> SealSeen:
        """In the executor: look at both pictures and keep them."""
        view = joined([judge_seal(frame.picture, SEAL_BUDGET_MS, self._clock.loop_now_s) for frame in (first, second)])
        kept = []
        for place, frame in enumerate((first, second), start=1):
            ref = self._evidence.put(as_jpeg(frame.picture), KIND)
            kept.append(EvidenceNamed(ref.sha256, ref.size, f"seal-{command.load_id}-{self._options.name}-{place}.jpg"[:120]))
        numbers = tuple(number[:TEXT_KEPT] for number in view.numbers[:NUMBERS_KEPT])
        return SealSeen(
            command.work_id, command.load_id, command.camera, view.condition.value, numbers, view.agreed, tuple(kept),
            view.cause, self._clock.at(first.at_s),
        )  # fmt: skip

    def _not_seen(self, command: ReadSeal, code: str, cause: str) -> SealNotSeen:
        return SealNotSeen(command.work_id, command.load_id, command.camera, code, cause[:500])

    # --- stills of the open-box bench ---

    async def _still(self, command: TakeStill, asked_s: float) -> AnyEvent:
        """One picture whose light fell into the lens after it was asked for."""
        fresh_s, number = asked_s + self._options.delay_ms / 1000, 0
        while (frame := await self._frame(number, asked_s + STILL_WITHIN_S)) is not None:
            number = frame.number
            if frame.at_s < fresh_s:
                continue
            try:
                return await asyncio.get_running_loop().run_in_executor(self._executor, self._kept_still, command, frame)
            except EvidenceError as error:
                return StillNotTaken(command.work_id, command.recheck_id, command.camera, error.code, error.cause[:500])
        cause = f"no believable picture within {STILL_WITHIN_S:g} s"
        return StillNotTaken(command.work_id, command.recheck_id, command.camera, "no_picture", cause)

    def _kept_still(self, command: TakeStill, frame: Frame) -> StillTaken:
        """In the executor: the file is in evidence before the event that names it."""
        ref = self._evidence.put(as_jpeg(frame.picture), KIND)
        name = "still-" + command.work_id.replace("/", "_").replace(":", "-")
        picture = EvidenceNamed(ref.sha256, ref.size, f"{name[:110]}.jpg")
        return StillTaken(command.work_id, command.recheck_id, command.camera, picture, self._clock.at(frame.at_s))
