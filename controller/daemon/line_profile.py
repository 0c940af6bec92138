"""From settings to the profile that the core decides by.

One rule: what a decision can depend on is in the profile, and the profile is in the journal.
"""

import hashlib
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from controller.domain.reasons import LaneKind
from controller.line.events import ConfigLoaded
from controller.line.inspection_events import Rule, Rules, RulesActivated, RulesProposed
from controller.line.profile import GateLane, Lane, LineProfile
from controller.settings.cameras import CameraRole
from controller.settings.model import ScannerRole, Settings, Xray
from controller.settings.signing import customs_sha256
from controller.settings.targeting_rules import LoadedRules
from drivers.camera.frames import shown_url

AT_THE_BELT = (CameraRole.INDUCT, CameraRole.VERIFY)


def profile_of(settings: Settings) -> LineProfile:
    """The core's part of the settings. The windows of several readers in one role are joined."""
    line, rules, zones = settings.line, settings.rules, settings.line.zones
    departure = settings.departure
    readers = [s for s in settings.scanners if s.role in (ScannerRole.INDUCT, ScannerRole.VERIFY)]
    return LineProfile(
        line_id=line.id,
        name=line.name,
        mode=settings.site.mode.value,
        speed_mm_s=line.speed_mm_s,
        lanes=tuple(Lane(name, lane.code, LaneKind(lane.kind.value)) for name, lane in settings.lanes.items()),
        scan_zone=zones.scan_zone,
        weigh_zone=zones.weigh_zone,
        verify_zone=zones.verify_zone,
        divert_mm=line.geometry.divert_mm,
        decision_point_mm=line.geometry.decision_point_mm,
        deadline_mm=line.geometry.deadline_mm,
        verify_read=rules.verify_read,
        weight_required=rules.weight_required,
        weight_tolerance_g=rules.weight_tolerance_g,
        weight_tolerance_permille=rules.weight_tolerance_permille,
        list_incomplete=rules.list_incomplete.value,
        released_words=settings.customs.released_statuses,
        read_early_ms=max((s.read_early_ms for s in readers), default=150),
        read_late_ms=max((s.read_late_ms for s in readers), default=250),
        weight_late_ms=rules.weight_late_ms,
        decide_margin_ms=rules.decide_margin_ms,
        gates=tuple(GateLane(gate.name, gate.barrier) for gate in settings.gates),
        container_tolerance_g=departure.container_tolerance_g,
        container_tolerance_permille=departure.container_tolerance_permille,
        gate_tolerance_permille=departure.gate_tolerance_permille,
        barrier_confirm_ms=departure.barrier_confirm_ms,
        gate_wait_s=departure.gate_wait_s,
        forget_after_s=departure.forget_after_s,
        seal_required=rules.seal_required,
        seal_scanner=any(one.role is ScannerRole.SEAL for one in settings.scanners),
        seal_cameras=tuple(one.name for one in settings.cameras if one.role is CameraRole.SEAL),
        seal_limit_s=rules.seal_limit_s,
        bench_readers=tuple(one.name for one in settings.scanners if one.role is ScannerRole.BENCH),
        bench_cameras=tuple(one.name for one in settings.cameras if one.role is CameraRole.BENCH),
        recheck_trace_required=rules.recheck_trace_required,
        recheck_limit_s=rules.recheck_limit_s,
        rerun_limit_s=rules.rerun_limit_s,
        label_cameras=tuple((one.role.value, one.name) for one in settings.cameras if one.role in AT_THE_BELT),
        arrival_wait_s=settings.customs.arrival_wait_s,
        customs_silence_limit_s=settings.customs.customs_silence_limit_s,
        customs_answers=bool(settings.customs.office_url),
        customs_ahead_limit_s=settings.customs.customs_ahead_limit_s,
        image_required=rules.image_required,
        induct_zone=zones.induct_zone,
        pictures_most=rules.pictures_most,
        unanswered_s=rules.unanswered_s,
        xray_entry_mm=line.geometry.xray_entry_mm,
        xray_beam_mm=line.geometry.xray_beam_mm,
        xray_exit_mm=line.geometry.xray_exit_mm,
        **_of_machine(settings.xray),
    )


def _of_machine(xray: tuple[Xray, ...]) -> dict[str, Any]:
    if not xray:
        return {}
    one = xray[0]
    return {
        "xray_join": one.join.value,
        "image_late_ms": one.image_late_ms,
        "image_owed_s": one.image_owed_s,
        "image_length_tolerance_mm": one.length_tolerance_mm,
        "analysis_limit_ms": one.analysis_limit_ms,
    }


def rules_event(loaded: LoadedRules) -> RulesActivated:
    """Customs' rules as an event, whole and with the hash of their file."""
    file = loaded.file
    rules = tuple(
        Rule(row.id, row.text, row.hs_prefixes, row.traders, row.gross_from_g, row.gross_to_g) for row in file.rules
    )  # fmt: skip
    return RulesActivated(Rules(file.version, file.random_permille, rules, file.review_permille), loaded.sha256, loaded.source)


def rules_event_over(loaded: LoadedRules, in_force: str, *, signed_by_two: bool) -> RulesActivated | RulesProposed:
    """What a start does with the file: rules that differ from those in force (by hash) wait for signatures where people can sign.

    The first rules of a line count at once: there is nothing that they could weaken.
    """
    event = rules_event(loaded)
    if signed_by_two and in_force and in_force != event.sha256:
        return RulesProposed(event.rules, event.sha256, event.source)
    return event


def config_text(settings: Settings) -> bytes:
    """The whole configuration in force, for evidence: every value, only passwords in addresses hidden."""
    records = replace(settings.records, url=sa.make_url(settings.records.url).render_as_string(hide_password=True))
    cameras = tuple(replace(one, url=shown_url(one.url)) for one in settings.cameras)
    whole = msgspec.json.encode(replace(settings, records=records, cameras=cameras), order="deterministic")
    return msgspec.json.format(whole, indent=2) + b"\n"


def config_event(settings: Settings, source: str) -> ConfigLoaded:
    """The configuration as an event: the core's part whole, all of it by the hash of its text."""
    text = config_text(settings)
    return ConfigLoaded(
        profile_of(settings), hashlib.sha256(text).hexdigest(), source, customs_sha256(msgspec.json.decode(text)),
        under_signature=bool(settings.console.host),
    )  # fmt: skip
