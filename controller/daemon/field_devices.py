"""Scanners and scales: their drivers are built from the settings, their reports become events.

One rule: a report keeps the time at which the device spoke (`at_s`); which carton it belongs to, the core decides.
"""

import difflib
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from controller.daemon.clock import LineClock
from controller.line.events import (
    AnyEvent,
    CodesRead,
    DeviceDown,
    DeviceUp,
    FrameRefused,
    NoCodeRead,
    ReadText,
    WeightRead,
    WeightUnusable,
)
from controller.settings.model import Scale as ScaleOptions
from controller.settings.model import Scanner as ScannerOptions
from controller.settings.model import Settings
from controller.settings.problems import SettingsProblem
from drivers.scale import reports as scale_reports
from drivers.scale.continuous_scale import ContinuousScale
from drivers.scale.sics_scale import SicsScale
from drivers.scanner import reports as scanner_reports
from drivers.scanner.line_scanner import LineScanner
from drivers.scanner.profiles import PROFILES, FrameCheck, ReaderProfile
from drivers.scanner.triggered_scanner import DIALECTS, TriggeredScanner
from drivers.serial_port.choice import transport_named
from drivers.serial_port.ports import PortSettings, SerialTransport

log = logging.getLogger("xiyong.devices")

Post = Callable[[AnyEvent], None]
Start = Callable[[], Coroutine[Any, Any, None]]
SCALE_PROFILES = ("mt-sics", "toledo", "toledo-check")
CODES_KEPT = 16
BELT_ROLES = ("induct", "verify")
TEXT_KEPT = 128


def device_problems(settings: Settings) -> list[SettingsProblem]:
    """Profiles that no driver has. The settings room can not know them: it stands below the drivers."""
    problems = []
    for scanner in settings.scanners:
        if scanner.profile not in PROFILES:
            problems.append(_no_profile(f"scanners.{scanner.name}", scanner.profile, tuple(PROFILES)))
    for scale in settings.scales:
        if scale.profile not in SCALE_PROFILES:
            problems.append(_no_profile(f"scales.{scale.name}", scale.profile, SCALE_PROFILES))
    return problems


def _no_profile(where: str, found: str, known: tuple[str, ...]) -> SettingsProblem:
    near = difflib.get_close_matches(found, known, n=1, cutoff=0.0)
    cause = f"there is no driver profile {found!r}; the nearest is {near[0]!r}"
    return SettingsProblem("profile_unknown", f"[{where}] profile", cause, "one of " + ", ".join(known))


def _reader_profile(options: ScannerOptions) -> ReaderProfile:
    profile = PROFILES[options.profile]
    if options.frame_check.value == FrameCheck.NONE.value:
        return profile
    return msgspec.structs.replace(profile, frame_check=FrameCheck(options.frame_check.value))


def scanner_task(options: ScannerOptions, clock: LineClock, post: Post, transport: SerialTransport | None = None) -> Start:
    """The `run` of a new driver for this reader; a supervised task calls it again after a fault."""
    settings = scanner_reports.ScannerSettings(
        device=options.name,
        port=PortSettings(url=options.port, baud=options.baud),
        profile=_reader_profile(options),
    )

    def report(report: scanner_reports.ScannerReport) -> None:
        event = _scanner_event(report, options.role, clock)
        for one in reads_of(event) if isinstance(event, CodesRead) else (event,):
            if one is not None:
                post(one)

    def start() -> Coroutine[Any, Any, None]:
        wire = transport or transport_named(options.transport)
        dialect = DIALECTS.get(options.profile)
        if dialect is None:
            return LineScanner(settings, wire, report).run()
        return TriggeredScanner(settings, wire, report, dialect).run()

    return start


def reads_of(event: CodesRead) -> tuple[AnyEvent, ...]:
    """One frame as events that rows can hold. Of the belt no code is left out: it may be the second waybill of a carton. Where
    one frame is one act of a person, at the doors or on the bench, a frame of so many codes is refused whole.
    """
    if len(event.codes) <= CODES_KEPT:
        return (event,)
    if event.role not in BELT_ROLES:
        return (FrameRefused(event.device, f"{len(event.codes)} codes in one frame", event.at_ms),)
    parts = range(0, len(event.codes), CODES_KEPT)
    return tuple(msgspec.structs.replace(event, codes=event.codes[at : at + CODES_KEPT]) for at in parts)


def _scanner_event(report: scanner_reports.ScannerReport, role: str, clock: LineClock) -> AnyEvent | None:
    match report:
        case scanner_reports.CodeRead():
            codes = tuple(ReadText(c.text[:TEXT_KEPT], c.symbology or "") for c in report.codes)
            return CodesRead(report.device, role, codes, report.frame_checked, clock.at(report.at_s))
        case scanner_reports.NoRead():
            return NoCodeRead(report.device, role, clock.at(report.at_s))
        case scanner_reports.BadFrame():
            return FrameRefused(report.device, report.cause[:500], clock.at(report.at_s))
        case scanner_reports.ScannerUp():
            log.info("reader %s is up", report.device)
            return DeviceUp(report.device)
        case scanner_reports.ScannerDown():
            log.warning("reader %s is down: %s: %s; %s", report.device, report.code, report.cause, report.next_step)
            return DeviceDown(report.device, report.code, report.cause[:500])
        case _:
            log.info("reader: %s", report)
            return None


def scale_task(options: ScaleOptions, clock: LineClock, post: Post, transport: SerialTransport | None = None) -> Start:
    """The `run` of a new driver for this scale."""
    settings = scale_reports.ScaleSettings(
        device=options.name,
        port=PortSettings(url=options.port, baud=options.baud),
        poll_ms=options.poll_ms,
        min_g=options.min_g,
    )

    def report(report: scale_reports.ScaleReport) -> None:
        post(_scale_event(report, clock))

    def start() -> Coroutine[Any, Any, None]:
        wire = transport or transport_named(options.transport)
        if options.profile == "mt-sics":
            return SicsScale(settings, wire, report).run()
        return ContinuousScale(settings, wire, report, checked=options.profile == "toledo-check").run()

    return start


def _scale_event(report: scale_reports.ScaleReport, clock: LineClock) -> AnyEvent:
    match report:
        case scale_reports.StableWeight():
            return WeightRead(report.device, report.weight_g, clock.at(report.at_s))
        case scale_reports.WeightUnusable():
            return WeightUnusable(report.device, f"{report.reason.value}: {report.detail}"[:500], clock.at(report.at_s))
        case scale_reports.ScaleUp():
            log.info("scale %s is up", report.device)
            return DeviceUp(report.device)
        case scale_reports.ScaleDown():
            log.warning("scale %s is down: %s: %s; %s", report.device, report.code, report.cause, report.next_step)
            return DeviceDown(report.device, report.code, report.cause[:500])
