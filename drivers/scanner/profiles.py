"""How a make of reader frames its answers, as data.

Rule: a new make is a new profile, not new code. `line` and `crlf` style profiles accept an optional STX or
STX..ETX; `stx_etx` profiles accept nothing else. Source: the makers' communication manuals (see
docs/devices).
"""

from enum import Enum

import msgspec


class Framing(Enum):
    LINES = "lines"  # ends with one of `ends`; STX before and ETX after are optional
    STX_ETX = "stx_etx"  # between STX and ETX; anything outside is spoiled


class FrameCheck(Enum):
    NONE = "none"
    XOR_HEX = "xor_hex"  # the last two characters are the XOR of the bytes before them, in hexadecimal


class ReaderProfile(msgspec.Struct, frozen=True):
    """The bytes of one make, with the factory defaults of a plain line reader."""

    name: str
    framing: Framing = Framing.LINES
    ends: bytes = b"\r\n"  # each of these bytes ends a frame; an empty frame between CR and LF is nothing
    silence_ends_read: bool = False  # the reader sends no suffix: quiet for `idle_ms` ends the read
    idle_ms: int = 250  # quiet for so long inside a frame: the rest is lost (or the read has ended, see above)
    separator: bytes = b""  # between several codes of one frame
    no_read_texts: tuple[bytes, ...] = (b"ERROR", b"NoRead", b"NR", b"NOREAD", b"\x18", b"?")
    heartbeat: bytes = b""  # a regular expression for the whole frame
    frame_check: FrameCheck = FrameCheck.NONE
    aim_ids: bool = True  # strip an AIM symbology identifier such as ]C1 from the front of each code
    group_separator: bool = False  # GS (1D) is allowed inside a code, as GS1 symbols with several fields have it

    def __post_init__(self) -> None:
        if not 1 <= self.idle_ms <= 10_000:
            raise ValueError(f"profile {self.name}: idle_ms is {self.idle_ms}, allowed are 1 to 10000")
        if len(self.separator) > 4:
            raise ValueError(f"profile {self.name}: a separator has at most 4 bytes")


_ALL = (
    ReaderProfile(name="line"),
    ReaderProfile(name="line_xor", separator=b";", frame_check=FrameCheck.XOR_HEX),
    ReaderProfile(name="line_multi", separator=b";"),
    ReaderProfile(name="no_suffix", silence_ends_read=True, idle_ms=60),
    ReaderProfile(name="tab_suffix", ends=b"\r\n\t"),
    ReaderProfile(name="stx_etx", framing=Framing.STX_ETX, separator=b";"),
    ReaderProfile(name="stx_etx_xor", framing=Framing.STX_ETX, separator=b";", frame_check=FrameCheck.XOR_HEX),
    ReaderProfile(name="datalogic", no_read_texts=(b"\x18",), heartbeat=b"#HB#"),
    ReaderProfile(name="keyence_sr", no_read_texts=(b"ERROR",)),
    ReaderProfile(name="dataman", no_read_texts=(b"NoRead", b"NO-READ", b"NOREAD")),
)

PROFILES: dict[str, ReaderProfile] = {profile.name: profile for profile in _ALL}
