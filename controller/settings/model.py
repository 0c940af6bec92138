"""Every setting of the line: its type, range, default, meaning and when a change applies.

One rule: this file is the only place where a setting is described; the reference page is made from
it. A name ends with its unit. Distances are along the belt from the induct photo-eye. Source: PLC
contract CIL-1 for what the PLC range-checks; the line's own geometry for the defaults.
"""

import enum
from typing import Annotated

from controller.domain.reasons import LaneKind
from controller.settings.cameras import Camera
from controller.settings.console import Console
from controller.settings.customs import Customs
from controller.settings.departure import Departure, Gate, Port
from controller.settings.fields import EMPTY_BELT, Table, number, setting
from controller.settings.public import Export, Trace


class Mode(enum.StrEnum):
    PRODUCTION = "production"
    SIMULATION = "simulation"


class ScannerRole(enum.StrEnum):
    INDUCT = "induct"
    VERIFY = "verify"
    LOADING = "loading"
    SEAL = "seal"
    BENCH = "bench"


class Transport(enum.StrEnum):
    SERIALX = "serialx"
    PYSERIAL = "pyserial"


class FrameCheck(enum.StrEnum):
    NONE = "none"
    XOR_HEX = "xor_hex"


class XrayJoin(enum.StrEnum):
    SCAN_ID = "scan_id"
    COUNTING = "counting"


class ListIncomplete(enum.StrEnum):
    DIVERT = "divert"


class Site(Table, frozen=True):
    """The site and how the program runs there."""

    name: Annotated[str, setting("Name of the site, for people and records.", min_length=1)]
    mode: Annotated[Mode, setting("`simulation` lets commands act for people; `production` never does.", EMPTY_BELT)]
    data_dir: Annotated[
        str,
        setting("Directory of everything the daemon writes; absolute in production.", EMPTY_BELT, min_length=1),
    ]


class Geometry(Table, frozen=True):
    """Where things stand along the belt."""

    scan_gate_mm: Annotated[int, number("Photo-eye of the scan gate.", EMPTY_BELT, ge=1, le=60_000)] = 600
    weigh_from_mm: Annotated[int, number("Begin of the weigh belt.", EMPTY_BELT, ge=1, le=60_000)] = 1200
    weigh_to_mm: Annotated[int, number("End of the weigh belt.", EMPTY_BELT, ge=1, le=60_000)] = 2200
    xray_entry_mm: Annotated[int, number("X-ray entry photo-eye.", EMPTY_BELT, ge=1, le=60_000)] = 2800
    xray_beam_mm: Annotated[int, number("The X-ray machine's beam.", EMPTY_BELT, ge=1, le=60_000)] = 3550
    xray_exit_mm: Annotated[int, number("X-ray exit photo-eye.", EMPTY_BELT, ge=1, le=60_000)] = 4300
    verify_gate_mm: Annotated[int, number("Photo-eye of the verify gate.", EMPTY_BELT, ge=1, le=60_000)] = 5200
    decision_point_mm: Annotated[int, number("Where the PLC asks for the decision.", EMPTY_BELT, ge=1, le=60_000)] = 5900
    divert_mm: Annotated[int, number("The diverter.", EMPTY_BELT, ge=1, le=60_000)] = 8500
    deadline_mm: Annotated[
        int, number("So far before the diverter the PLC takes the last decision.", EMPTY_BELT, ge=50, le=10_000)
    ] = 500
    confirm_after_mm: Annotated[
        int, number("The lanes' confirmation photo-eyes stand so far behind the diverter.", EMPTY_BELT, ge=1, le=5000)
    ] = 300
    max_carton_mm: Annotated[int, number("Longest carton.", EMPTY_BELT, ge=100, le=3000)] = 600


class Zones(Table, frozen=True):
    """The PLC's zone numbers in its events; all different."""

    induct_zone: Annotated[int, number("Induct photo-eye.", EMPTY_BELT, ge=1, le=16)] = 1
    scan_zone: Annotated[int, number("Scan gate.", EMPTY_BELT, ge=1, le=16)] = 2
    weigh_zone: Annotated[int, number("Weigh belt.", EMPTY_BELT, ge=1, le=16)] = 3
    xray_zone: Annotated[int, number("X-ray machine.", EMPTY_BELT, ge=1, le=16)] = 4
    verify_zone: Annotated[int, number("Verify gate.", EMPTY_BELT, ge=1, le=16)] = 5
    decision_zone: Annotated[int, number("Decision point.", EMPTY_BELT, ge=1, le=16)] = 6
    divert_zone: Annotated[int, number("Diverter.", EMPTY_BELT, ge=1, le=16)] = 7


class Line(Table, frozen=True):
    """The belt."""

    id: Annotated[int, number("LINE_ID of the PLC; another value there stops deciding.", EMPTY_BELT, ge=1, le=65535)]
    name: Annotated[str, setting("Name of the line, for people and records.", min_length=1)]
    speed_mm_s: Annotated[int, number("Belt speed.", EMPTY_BELT, ge=50, le=3000)] = 500
    geometry: Geometry = Geometry()
    zones: Zones = Zones()


class Lane(Table, frozen=True):
    """One lane behind the diverter; the table's name is the lane's name."""

    code: Annotated[int, number("The PLC's number. CIL-1 fixes 1 inspect, 2 anomaly, 3 release.", EMPTY_BELT, ge=1, le=254)]
    kind: Annotated[LaneKind, setting("What the lane is for.", EMPTY_BELT)]


class Plc(Table, frozen=True):
    """The connection to the PLC (Modbus TCP, contract CIL-1)."""

    host: Annotated[str, setting("Address of the PLC.", min_length=1)]
    port: Annotated[int, number("TCP port.", ge=1, le=65535)] = 502
    unit_id: Annotated[int, number("Modbus unit.", ge=0, le=255)] = 1
    poll_ms: Annotated[int, number("One poll cycle.", ge=50, le=200)] = 100
    timeout_ms: Annotated[int, number("Longest wait for one answer.", ge=50, le=2000)] = 500
    hb_limit_ms: Annotated[
        int, number("HB_LIMIT: without the host's heartbeat for so long the PLC fails safe.", ge=500, le=10_000)
    ] = 2000
    address_base: Annotated[int, number("Whether the PLC counts registers from 0 or from 1.", ge=0, le=1)] = 0
    status_base: Annotated[int, number("First register of block S (43 words).", ge=0, le=65535)] = 0
    ring_base: Annotated[int, number("First register of the event ring R (576 words).", ge=0, le=65535)] = 100
    table_base: Annotated[int, number("First register of the tracking table T (128 words).", ge=0, le=65535)] = 700
    host_base: Annotated[int, number("First register of block H (72 words).", ge=0, le=65535)] = 900


class Scanner(Table, frozen=True):
    """A barcode reader."""

    name: Annotated[str, setting("Name of the device, for events and alarms.", pattern="^[a-z0-9][a-z0-9_-]*$")]
    role: Annotated[
        ScannerRole,
        setting("Where it reads: a gate on the belt, a loading door, the seals of a load, or the open-box bench.", EMPTY_BELT),
    ]
    port: Annotated[str, setting("Serial device or URL (`socket://`, `rfc2217://`).", min_length=1)]
    profile: Annotated[str, setting("Driver profile of its make.", min_length=1)] = "line"
    transport: Annotated[Transport, setting("Serial library.")] = Transport.SERIALX
    baud: Annotated[int, number("Baud rate.", ge=1200, le=921_600)] = 9600
    frame_check: Annotated[FrameCheck, setting("Check characters at the end of each frame.")] = FrameCheck.NONE
    read_early_ms: Annotated[int, number("A read counts so long before the carton's front is at the gate.", ge=0, le=2000)] = 150
    read_late_ms: Annotated[int, number("A read counts so long after the carton's rear has left the gate.", ge=0, le=2000)] = 250


class Scale(Table, frozen=True):
    """A scale under the weigh belt."""

    name: Annotated[str, setting("Name of the device, for events and alarms.", pattern="^[a-z0-9][a-z0-9_-]*$")]
    port: Annotated[str, setting("Serial device or URL (`socket://`, `rfc2217://`).", min_length=1)]
    profile: Annotated[str, setting("Driver profile of its make.", min_length=1)] = "mt-sics"
    transport: Annotated[Transport, setting("Serial library.")] = Transport.SERIALX
    baud: Annotated[int, number("Baud rate.", ge=1200, le=921_600)] = 9600
    poll_ms: Annotated[int, number("How often the weight is asked for.", ge=20, le=1000)] = 100
    min_g: Annotated[int, number("Less than this is an empty belt.", ge=1, le=100_000)] = 20


class StackLight(Table, frozen=True):
    """A stack light with sounder on the network (PATLITE, PNS commands). It only shows."""

    name: Annotated[str, setting("Name of the device, for events and alarms.", pattern="^[a-z0-9][a-z0-9_-]*$")]
    host: Annotated[str, setting("Its address.", min_length=1)]
    port: Annotated[int, number("TCP port.", ge=1, le=65535)] = 10_000


class Xray(Table, frozen=True):
    """The X-ray machine: where it drops its images, and how they find their cartons. At most one."""

    name: Annotated[str, setting("Name of the device, for events and alarms.", pattern="^[a-z0-9][a-z0-9_-]*$")]
    drop_dir: Annotated[str, setting("Folder that the machine drops its images into; relative to `data_dir`.", min_length=1)]
    join: Annotated[
        XrayJoin,
        setting("`scan_id`: the PLC hands the machine an id that comes back; `counting`: the machine numbers.", EMPTY_BELT),
    ] = XrayJoin.SCAN_ID
    poll_ms: Annotated[int, number("How often the folder is looked at.", ge=50, le=2000)] = 200
    image_late_ms: Annotated[
        int, number("An image comes at most so long after its carton's rear was at the beam.", EMPTY_BELT,
                    ge=200, le=10_000)
    ] = 1500  # fmt: skip
    image_owed_s: Annotated[
        int, number("With `counting`: no image is so long on its way; a lost count begins behind a tunnel empty for so long.",
                    EMPTY_BELT, ge=5, le=300)
    ] = 20  # fmt: skip
    length_tolerance_mm: Annotated[
        int, number("Allowed difference between the length in the image and the photo-eyes' one.", EMPTY_BELT, ge=5, le=500)
    ] = 60
    analysis_limit_ms: Annotated[
        int, number("Without the analyser's answer for so long an officer must look.", EMPTY_BELT, ge=200, le=20_000)
    ] = 3000
    file_limit_kb: Annotated[int, number("Larger image files are refused unread.", ge=64, le=30_000)] = 16_000
    pixels_limit_k: Annotated[int, number("Larger images are refused, in thousands of pixels.", ge=10, le=60_000)] = 8000


class Rules(Table, frozen=True):
    """What a release needs."""

    verify_read: Annotated[
        bool, setting("The identity is read again before the diverter; missing or different = inspect.", EMPTY_BELT)
    ] = True
    image_required: Annotated[bool, setting("No release without an X-ray image of its own.", EMPTY_BELT)] = True
    pictures_most: Annotated[
        int, number("When so many images wait for officers the infeed pauses until half are judged; 0 = never.", EMPTY_BELT,
                    ge=0, le=50)
    ] = 3  # fmt: skip
    unanswered_s: Annotated[
        int, number("An image that nobody has judged for so long calls the next officer, again and again.", EMPTY_BELT, ge=5,
                    le=3600)
    ] = 60  # fmt: skip
    weight_required: Annotated[bool, setting("No release without a stable weight.", EMPTY_BELT)] = True
    weight_tolerance_g: Annotated[
        int, number("Allowed difference from the declared weight, fixed part.", EMPTY_BELT, ge=0, le=5000)
    ] = 50
    weight_tolerance_permille: Annotated[
        int, number("Allowed difference, part of the declared weight; the larger part counts.", EMPTY_BELT, ge=0, le=200)
    ] = 30
    weight_late_ms: Annotated[int, number("A weight counts so long after the carton has left the weigh belt.", ge=0, le=2000)] = (
        150
    )
    decide_margin_ms: Annotated[
        int, number("The decision is sent at least so long before the PLC's deadline.", ge=0, le=10_000)
    ] = 500
    list_incomplete: Annotated[
        ListIncomplete, setting("Where a list with missing cartons is held back: at the diverter.", EMPTY_BELT)
    ] = ListIncomplete.DIVERT
    seal_required: Annotated[
        bool, setting("No release from a load whose seals were not found as announced, and intact.", EMPTY_BELT)
    ] = True
    seal_limit_s: Annotated[
        int, number("A seal that is not read so long after its check began counts as unread.", EMPTY_BELT, ge=5, le=3600)
    ] = 120
    recheck_trace_required: Annotated[
        bool, setting("At open-box recheck every thing needs a trace code beside its product code.", EMPTY_BELT)
    ] = True
    recheck_limit_s: Annotated[
        int, number("A recheck that is open for so long is an alarm, and again each time.", EMPTY_BELT, ge=60, le=86_400)
    ] = 1800
    rerun_limit_s: Annotated[
        int, number("A carton that was ordered over the belt once more and comes later than this is held, as if nobody "
                    "had ordered it: another may bear its number. The default is a guess.", EMPTY_BELT, ge=60, le=86_400)
    ] = 7200  # fmt: skip
    default_lane: Annotated[str, setting("Lane of whatever has no decision; of kind inspect.", EMPTY_BELT, min_length=1)] = (
        "inspect"
    )


class Mqtt(Table, frozen=True):
    """Telemetry for the company's own systems. Off unless `host` is set."""

    host: Annotated[str, setting("Address of the MQTT broker. Empty = no telemetry.")] = ""
    port: Annotated[int, number("TCP port; 8883 is usual with TLS.", ge=1, le=65535)] = 1883
    prefix: Annotated[str, setting("First part of every topic; the line's name follows.", pattern="^[A-Za-z0-9_/-]+$")] = "xiyong"
    username: Annotated[str, setting("Account at the broker; empty = none.")] = ""
    password_file: Annotated[str, setting("File that holds the account's password, sent to the broker; empty = none.")] = ""
    ca_file: Annotated[str, setting("Certificates that the broker's is checked with. Empty = no TLS.")] = ""
    keepalive_s: Annotated[int, number("A silent broker is noticed within one and a half of this.", ge=5, le=600)] = 15


class Journal(Table, frozen=True):
    """The durable journal."""

    dir: Annotated[str, setting("Its folder, on the line's own disk; relative to `data_dir`.", min_length=1)] = "journal"
    anchor_dir: Annotated[str, setting("Folder for checkpoints, best on another disk; relative to `data_dir`.", min_length=1)] = (
        "anchor"
    )
    checkpoint_every_rows: Annotated[int, number("Rows between two checkpoints.", ge=10, le=100_000)] = 1000


class Records(Table, frozen=True):
    """Tables for people and reports."""

    url: Annotated[str, setting("SQLAlchemy URL; `{data_dir}` stands for the data directory.", pattern="^[a-z][a-z0-9+]*:")] = (
        "sqlite:///{data_dir}/records.sqlite"
    )


class Settings(Table, frozen=True):
    """All settings of one line."""

    site: Site
    line: Line
    lanes: dict[str, Lane]
    plc: Plc
    scanners: tuple[Scanner, ...] = ()
    scales: tuple[Scale, ...] = ()
    cameras: tuple[Camera, ...] = ()
    stack_lights: tuple[StackLight, ...] = ()
    gates: tuple[Gate, ...] = ()
    xray: tuple[Xray, ...] = ()
    rules: Rules = Rules()
    customs: Customs = Customs()
    mqtt: Mqtt = Mqtt()
    console: Console = Console()
    journal: Journal = Journal()
    records: Records = Records()
    departure: Departure = Departure()
    port: Port = Port()
    export: Export = Export()
    trace: Trace = Trace()
