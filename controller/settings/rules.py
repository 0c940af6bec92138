"""What single values cannot say: settings that contradict each other, the belt, or the safe side.

One rule: a configuration under which a carton could take the release lane without its time, its
reader or its inspection lane being there is refused, not warned about. Sources: PLC contract CIL-1,
the line's geometry.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import PurePath
from urllib.parse import urlsplit

from controller.domain.reasons import LaneKind
from controller.settings.cameras import Camera
from controller.settings.console import Console
from controller.settings.customs import Customs
from controller.settings.departure import Gate
from controller.settings.model import (
    Journal,
    Lane,
    Line,
    Mode,
    Plc,
    Rules,
    Scale,
    Scanner,
    ScannerRole,
    Site,
    Xray,
    XrayJoin,
)
from controller.settings.public import Trace

LINE_NAME = re.compile(r"[A-Za-z0-9_-]{1,24}")
OTHER_LINE = re.compile(rf"{LINE_NAME.pattern} https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{{1,5}})?")
Found = Iterator[tuple[str, tuple[str, ...], str, str]]

CAMERA_ADDRESSES = ("rtsp://", "rtsps://", "http://", "https://", "/dev/")
KNOWN_RELEASE_WORDS = ("800", "899")
OPERATOR_NAME_CHARS = 100
CONTRACT_KINDS = {1: LaneKind.INSPECT, 2: LaneKind.ANOMALY, 3: LaneKind.RELEASE}
BLOCK_WORDS = {"status_base": 43, "ring_base": 576, "table_base": 128, "host_base": 72}

_ALONG_THE_BELT = (
    "scan_gate_mm", "weigh_from_mm", "weigh_to_mm", "xray_entry_mm", "xray_beam_mm", "xray_exit_mm", "verify_gate_mm",
    "decision_point_mm", "divert_mm",
)  # fmt: skip


def site_rules(site: Site, journal: Journal) -> Found:
    if site.mode is Mode.PRODUCTION and not PurePath(site.data_dir).is_absolute():
        cause = "a relative directory depends on where the daemon is started"
        yield "data_dir_relative", ("site", "data_dir"), cause, "give an absolute path in production"
    home, anchor = (PurePath(site.data_dir, path) for path in (journal.dir, journal.anchor_dir))
    if anchor == home or home in anchor.parents:
        cause = "checkpoints inside the journal's folder are lost or changed together with it"
        yield "anchor_in_journal", ("journal", "anchor_dir"), cause, "give another folder, best on another disk"


def console_rules(console: Console, site: Site) -> Found:
    """Passwords and cookies cross no network in the clear; nobody signs in without a secret but in a simulation."""
    here = _is_here(console.host)
    if not here and not (console.tls_cert_file and console.tls_key_file):
        cause = f"{console.host} is reached over a network, and passwords would cross it in the clear"
        yield "console_without_tls", ("console", "tls_cert_file"), cause, "name tls_cert_file and tls_key_file, or use 127.0.0.1"
    if console.port == console.acts_port:
        yield "console_ports", ("console", "acts_port"), "both ports are the same", "give acts a port of their own"
    if console.demo_people and site.mode is not Mode.SIMULATION:
        cause = "anybody could act as an officer"
        yield "demo_people_for_real", ("console", "demo_people"), cause, 'leave it out, or set [site] mode = "simulation"'
    if console.demo_people and not here:
        cause = f"{console.host} is reached over a network, and anybody there could act as an officer"
        yield "demo_people_for_all", ("console", "demo_people"), cause, "leave it out, or use 127.0.0.1"


def proxy_rules(console: Console) -> Found:
    """Whoever may say which terminal it speaks for is named one by one."""
    for text in console.trusted_proxies:
        try:
            ipaddress.ip_address(text)
        except ValueError:
            cause = f"{text!r} is no address"
            yield "trusted_proxy", ("console", "trusted_proxies"), cause, "name each proxy by its address, such as 10.0.0.7"


def other_line_rules(console: Console, line: Line) -> Found:
    """Lines ask each other by name, over nothing that others hear; a browser keeps one session for each host."""
    own_host, where = (console.name or console.host).casefold(), ("console", "other_lines")
    names = {line.name}
    for text in console.other_lines:
        if not OTHER_LINE.fullmatch(text):
            cause = f"{text!r} is no name and address of another line's console"
            yield "other_line", where, cause, "write it as: XY-2 https://line2.example:8600"
            continue
        name, _, address = text.partition(" ")
        if name in names:
            yield "other_line_twice", where, f"{name} is this line, or stands there twice", "name each other line once"
        names.add(name)
        parts = urlsplit(address)
        host = (parts.hostname or "").casefold()
        if host == own_host:
            cause = f"{name} has the host name of this console: signing in there would sign out here"
            yield "other_line_same_host", where, cause, "give each console a host name of its own ([console] name)"
        if console.lines_secret_file and parts.scheme != "https" and not _is_here(host):
            cause = f"{address} is reached over a network, and what proves this line would cross it in the clear"
            yield "other_line_without_tls", where, cause, "write https://, and give that console a certificate"
    if console.lines_secret_file and not LINE_NAME.fullmatch(line.name):
        cause = f"other lines can not name {line.name!r} in their other_lines"
        yield "line_name_not_asked", ("line", "name"), cause, "use letters, digits, _ and -, 24 at most"


def _is_here(host: str) -> bool:
    return host in ("", "localhost", "::1") or host.startswith("127.")


def trace_rules(trace: Trace, console: Console) -> Found:
    """The public page is nobody's way to the console."""
    if trace.host and trace.port in (console.port, console.acts_port):
        cause = f"port {trace.port} is the console's"
        yield "trace_port", ("trace", "port"), cause, "give the public page a port of its own"
    if bool(trace.tls_cert_file) != bool(trace.tls_key_file):
        yield "trace_tls", ("trace", "tls_key_file"), "certificate and key belong together", "name both, or neither"


def line_rules(line: Line) -> Found:
    place, table = line.geometry, ("line", "geometry")
    for before, after in pairwise(_ALONG_THE_BELT):
        if getattr(place, before) >= getattr(place, after):
            cause = f"{after} {getattr(place, after)} is not behind {before} {getattr(place, before)}"
            yield "geometry_order", (*table, after), cause, "give the distances in the order of the belt"
    if place.deadline_mm >= place.divert_mm - place.decision_point_mm:
        cause = f"the deadline {place.deadline_mm} mm before the diverter is not behind the decision point"
        next_step = "make deadline_mm smaller or move the decision point upstream"
        yield "deadline_longer_than_belt", (*table, "deadline_mm"), cause, next_step
    if place.weigh_to_mm - place.weigh_from_mm < place.max_carton_mm:
        cause = f"a carton of {place.max_carton_mm} mm does not fit on the weigh belt"
        yield "weigh_belt_short", (*table, "weigh_to_mm"), cause, "mend the weigh belt or max_carton_mm"
    zones = {name: getattr(line.zones, name) for name in line.zones.__struct_fields__}
    for zone, names in _repeated(zones):
        cause = f"{' and '.join(names)} are both zone {zone}"
        yield "zone_repeated", ("line", "zones", names[-1]), cause, "give each place its own zone number"


def lane_rules(lanes: Mapping[str, Lane]) -> Found:
    for code, names in _repeated({name: lane.code for name, lane in lanes.items()}):
        cause = f"{' and '.join(names)} both have code {code}"
        yield "lane_code_repeated", ("lanes", names[-1], "code"), cause, "give each lane its own code"
    releases = [name for name, lane in lanes.items() if lane.kind is LaneKind.RELEASE]
    if len(releases) != 1:
        cause = f"there are {len(releases)} lanes of kind release, there must be exactly one"
        yield "release_lane_count", ("lanes",), cause, "keep one lane of kind release"
    if all(lane.kind is not LaneKind.INSPECT for lane in lanes.values()):
        cause = "there is no lane of kind inspect"
        yield "inspect_lane_missing", ("lanes",), cause, "add a lane of kind inspect: it is the safe side"
    for name, lane in lanes.items():
        fixed = CONTRACT_KINDS.get(lane.code)
        if fixed not in (None, lane.kind) or (fixed is None and lane.kind is LaneKind.RELEASE):
            cause = f"the PLC takes code {lane.code} as {fixed or 'a lane that is not release'}, not as {lane.kind}"
            yield "lane_code_meaning", ("lanes", name, "code"), cause, "use 1 inspect, 2 anomaly, 3 release"


def default_lane_rules(lanes: Mapping[str, Lane], rules: Rules) -> Found:
    where, lane = ("rules", "default_lane"), lanes.get(rules.default_lane)
    if lane is None:
        cause = f"there is no lane {rules.default_lane!r}"
        yield "default_lane_unknown", where, cause, f"name one of {', '.join(lanes)}"
    elif lane.kind is not LaneKind.INSPECT:
        cause = f"lane {rules.default_lane!r} is of kind {lane.kind}; what is undecided must be inspected"
        yield "default_lane_kind", where, cause, "name a lane of kind inspect"


def plc_rules(plc: Plc) -> Found:
    least_ms = 3 * plc.poll_ms + plc.timeout_ms
    if plc.hb_limit_ms < least_ms:
        cause = f"one lost answer already takes the PLC to fail-safe (at least {least_ms} ms are needed)"
        yield "hb_limit_short", ("plc", "hb_limit_ms"), cause, "make hb_limit_ms larger or poll_ms smaller"
    spans = sorted((getattr(plc, name), words, name) for name, words in BLOCK_WORDS.items())
    for (start, words, name), (following, _, other) in pairwise(spans):
        if start + words > following:
            cause = f"block {name} {start}..{start + words - 1} reaches into {other} {following}"
            yield "blocks_overlap", ("plc", other), cause, "take the bases from the PLC's register list"
    for start, words, name in spans:
        if start < plc.address_base or start + words > 65536:
            cause = f"{words} registers from {start} are not in the PLC's address range"
            yield "block_outside", ("plc", name), cause, "take the bases from the PLC's register list"


def timing_rules(line: Line, plc: Plc, rules: Rules, scanners: Sequence[Scanner]) -> Found:
    place = line.geometry
    # The core waits out a late read, an early one of the next carton, and one poll (controller/line/scan_in.py).
    windows = [one.read_late_ms + one.read_early_ms for one in scanners if one.role is ScannerRole.VERIFY]
    late_ms = max(windows, default=0) + plc.poll_ms + 50
    known_mm = place.decision_point_mm
    if rules.verify_read:
        known_mm = max(known_mm, place.verify_gate_mm + place.max_carton_mm + late_ms * line.speed_mm_s // 1000)
    left_ms = (place.divert_mm - place.deadline_mm - known_mm) * 1000 // line.speed_mm_s
    needed_ms = rules.decide_margin_ms + 2 * plc.poll_ms + plc.timeout_ms
    if left_ms < needed_ms:
        cause = f"{left_ms} ms are left between the last fact and the deadline, {needed_ms} ms are needed"
        next_step = "lower speed_mm_s or deadline_mm, or move the verify gate upstream"
        yield "no_time_to_decide", ("line", "speed_mm_s"), cause, next_step


def device_rules(rules: Rules, scanners: Sequence[Scanner], scales: Sequence[Scale], cameras: Sequence[Camera]) -> Found:
    roles = {one.role.value for one in scanners} | {one.role.value for one in cameras}
    if ScannerRole.INDUCT not in roles:
        cause = "no scanner and no camera has the role induct: no carton could be identified"
        yield "scanner_missing", ("scanners",), cause, "add a scanner with role induct"
    if rules.verify_read and ScannerRole.VERIFY not in roles:
        cause = "verify_read is on and no scanner and no camera has the role verify"
        yield "scanner_missing", ("scanners",), cause, "add a scanner with role verify, or set verify_read off"
    if rules.seal_required and ScannerRole.SEAL not in roles:
        cause = "seal_required is on and no scanner and no camera has the role seal: every load would be held"
        yield "scanner_missing", ("scanners",), cause, "add a scanner or a camera with role seal, or set seal_required off"
    if rules.weight_required and not scales:
        cause = "weight_required is on and there is no scale"
        yield "scale_missing", ("scales",), cause, "add a scale, or set weight_required off"
    devices: dict[str, Scanner | Scale | Camera] = {}
    devices |= {f"scanners.{place}": one for place, one in enumerate(scanners, start=1)}
    devices |= {f"scales.{place}": one for place, one in enumerate(scales, start=1)}
    devices |= {f"cameras.{place}": one for place, one in enumerate(cameras, start=1)}
    for what in ("name", "port", "url"):
        for value, keys in _repeated({key: getattr(one, what) for key, one in devices.items() if hasattr(one, what)}):
            cause = f"two devices have the {what} {value!r}"
            path = (*keys[-1].split("."), what)
            yield f"device_{what}_repeated", path, cause, f"give each device its own {what}"


def camera_rules(cameras: Sequence[Camera]) -> Found:
    for place, one in enumerate(cameras, start=1):
        if not one.url.startswith(CAMERA_ADDRESSES):
            cause = f"{one.url!r} is neither a stream nor a device"
            next_step = "begin it with one of " + " ".join(CAMERA_ADDRESSES)
            yield "camera_url", ("cameras", str(place), "url"), cause, next_step


def gate_rules(gates: Sequence[Gate], scanners: Sequence[Scanner]) -> Found:
    if gates and all(one.role is not ScannerRole.LOADING for one in scanners):
        cause = "there is a gate and no scanner has the role loading: no container could be filled"
        yield "scanner_missing", ("scanners",), cause, "add a scanner with role loading, or leave the gates out"
    for place, gate in enumerate(gates, start=1):
        if gate.code_bytes not in (1, 4):
            cause = f"a message code has 1 byte or 4, not {gate.code_bytes}"
            yield "gate_code_width", ("gates", str(place), "code_bytes"), cause, "look at a frame of the gate: 4 as a rule"
    for what in ("name", "barrier"):
        for value, keys in _repeated({str(place): getattr(gate, what) for place, gate in enumerate(gates, start=1)}):
            cause = f"two gates have the {what} {value!r}"
            yield f"gate_{what}_repeated", ("gates", keys[-1], what), cause, f"give each gate its own {what}"


def customs_link_rules(customs: Customs) -> Found:
    told = [name for name in ("office_url", "outbox_dir") if getattr(customs, name)]
    if len(told) > 1:
        cause = "office_url and outbox_dir are both set: customs would be told twice"
        yield "customs_told_twice", ("customs", "outbox_dir"), cause, "leave one of them empty"
    if told:
        for name in ("operator_code", "operator_name", "dxp_id"):
            if not getattr(customs, name):
                cause = f"customs is told of arrivals and {name} is empty"
                yield "customs_sender_missing", ("customs", name), cause, "take it from the site's registration with customs"
    if len(customs.operator_name) > OPERATOR_NAME_CHARS:
        cause = f"operator_name has {len(customs.operator_name)} characters, customs takes {OPERATOR_NAME_CHARS}"
        yield "customs_sender_too_long", ("customs", "operator_name"), cause, "use the registered short name"


def xray_rules(line: Line, rules: Rules, xray: Sequence[Xray]) -> Found:
    if rules.image_required and not xray:
        cause = "image_required is on and there is no X-ray machine: every carton would be inspected"
        yield "xray_missing", ("xray",), cause, "add an [[xray]] table, or set image_required off"
    if len(xray) > 1:
        yield "xray_repeated", ("xray", "2"), "a line has one X-ray machine", "leave one [[xray]] table"
    place = line.geometry
    to_look_ms = (place.divert_mm - place.deadline_mm - place.xray_exit_mm) * 1000 // line.speed_mm_s - rules.decide_margin_ms
    for number, one in enumerate(xray, start=1):
        if one.join is XrayJoin.COUNTING and to_look_ms < one.image_late_ms:
            cause = f"{to_look_ms} ms are left between X-ray exit and the last call, an image may take {one.image_late_ms} ms"
            yield "no_time_to_look", ("xray", str(number), "image_late_ms"), cause, "lower image_late_ms or speed_mm_s"
        if to_look_ms < one.analysis_limit_ms:
            cause = f"{to_look_ms} ms are left from X-ray exit to the last call, the analyser may take {one.analysis_limit_ms} ms"
            yield "no_time_to_look", ("xray", str(number), "analysis_limit_ms"), cause, "lower it or the belt's speed"


def status_rules(words: Sequence[str]) -> Found:
    where = ("customs", "released_statuses")
    for word in words:
        if word not in KNOWN_RELEASE_WORDS:
            cause = f"{word!r} is no status that releases goods"
            yield "status_not_release", where, cause, f"use only {', '.join(KNOWN_RELEASE_WORDS)}"


def _repeated(named: Mapping[str, object]) -> Iterator[tuple[object, list[str]]]:
    for value, count in Counter(named.values()).items():
        if count > 1:
            yield value, [name for name, one in named.items() if one == value]
