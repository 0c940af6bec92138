"""What a scanner driver reports, and its settings.

Rule: a report says what the device said and when (`at_s`, the loop's clock, when the frame was complete);
which carton it belongs to is decided elsewhere.
"""

from collections.abc import Callable

import msgspec

from drivers.scanner.codec import ReadCode
from drivers.scanner.profiles import PROFILES, ReaderProfile
from drivers.serial_port.ports import PortSettings


class ScannerSettings(msgspec.Struct, frozen=True):
    """One reader on one line."""

    device: str
    port: PortSettings
    profile: ReaderProfile = PROFILES["line"]
    retry_ms: int = 500  # between two tries to open the port
    settle_ms: int = 100  # what comes so soon after opening may be old or cut: never a read
    heartbeat_ms: int = 0  # nothing heard for so long = down; 0 = the reader sends no heartbeat
    dedupe_ms: int = 0  # drop the same frame again within this time; 0 = report each
    reply_timeout_ms: int = 500  # a trigger command without its reply
    replies: bool = True  # false where the reader replies to no command
    single_read: bool = True  # a read or no-read ends the trigger


class ScannerUp(msgspec.Struct, frozen=True):
    device: str


class ScannerDown(msgspec.Struct, frozen=True):
    device: str
    code: str
    cause: str
    next_step: str


class CodeRead(msgspec.Struct, frozen=True):
    device: str
    codes: tuple[ReadCode, ...]
    frame_checked: bool
    raw: bytes
    at_s: float


class NoRead(msgspec.Struct, frozen=True):
    device: str
    at_s: float


class BadFrame(msgspec.Struct, frozen=True):
    device: str
    raw: bytes
    cause: str
    at_s: float


class TriggerRefused(msgspec.Struct, frozen=True):
    """The reader answered a command with an error."""

    device: str
    command: str
    error: str
    cause: str
    next_step: str
    at_s: float


ScannerReport = ScannerUp | ScannerDown | CodeRead | NoRead | BadFrame | TriggerRefused
Report = Callable[[ScannerReport], None]
