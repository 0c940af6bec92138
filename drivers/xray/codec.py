"""The two formats of an image drop: the JSON sidecar and the 16-bit greyscale PNG of each energy.

One rule: bytes in, values out, or `BadDropError` with a code; nothing larger than the limits is ever unpacked, and no pixel
is looked at here. Source: docs/devices/xray-image-drop.md; PNG: ISO/IEC 15948 (signature, chunks, IHDR, zlib stream).
"""

import hashlib
import re
import zlib

import msgspec

FORMAT = "xiyong-xray-1"
SIDECAR_MOST_BYTES = 64 * 1024
SIGNATURE = b"\x89PNG\r\n\x1a\n"
SIDE_LEAST_PX = 16
SIDE_MOST_PX = 8192
PIECE_BYTES = 64 * 1024
GREY, DEPTH = 0, 16
_SCAN_ID = re.compile(r"[0-9A-Za-z:_.\-]{0,40}")
_FILE_NAME = re.compile(r"[0-9A-Za-z_\-][0-9A-Za-z_.\-]{0,99}")


class BadDropError(Exception):
    """What came is no usable image. `code` says which kind of wrong it is."""

    def __init__(self, code: str, cause: str) -> None:
        super().__init__(f"{code}: {cause}")
        self.code, self.cause = code, cause


class Limits(msgspec.Struct, frozen=True):
    """What is taken at most: bytes of one file, pixels of one image."""

    file_bytes: int = 16 * 1024 * 1024
    pixels: int = 8_000_000


class PictureNamed(msgspec.Struct, frozen=True):
    """A file beside the sidecar, with its hash and size as the machine wrote them."""

    file: str
    size: int
    sha256: str


class Sidecar(msgspec.Struct, frozen=True):
    """What the machine says of one scan. `number` -1 and `scan_id` empty = the machine has none.

    `length_mm` is the length of what stands in the image along the belt, `pixel_um` the side of a pixel at the belt.
    """

    format: str
    low: PictureNamed
    high: PictureNamed
    length_mm: int
    pixel_um: int
    complete: bool
    scan_id: str = ""
    number: int = -1


class Size(msgspec.Struct, frozen=True):
    width_px: int
    height_px: int


_decode = msgspec.json.Decoder(Sidecar).decode


def read_sidecar(data: bytes) -> Sidecar:
    """The values of a sidecar. File names without any path, ids of plain characters, lengths of a carton."""
    if not data:
        raise BadDropError("empty", "the sidecar has no bytes")
    if len(data) > SIDECAR_MOST_BYTES:
        raise BadDropError("too_large", f"the sidecar has {len(data)} bytes, at most {SIDECAR_MOST_BYTES} are read")
    try:
        found = _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadDropError("sidecar_malformed", f"{error}"[:200]) from error
    if found.format != FORMAT:
        raise BadDropError("sidecar_malformed", f"format {found.format[:40]!r}, not {FORMAT}")
    for named in (found.low, found.high):
        if not _FILE_NAME.fullmatch(named.file):
            raise BadDropError("sidecar_malformed", f"{named.file[:60]!r} is no plain file name")
    if found.low.file == found.high.file:
        raise BadDropError("sidecar_malformed", "both energies are one file")
    if not _SCAN_ID.fullmatch(found.scan_id):
        raise BadDropError("sidecar_malformed", "the scan id has other characters than letters, digits and :_.-")
    if not -1 <= found.number < 2**32:
        raise BadDropError("sidecar_malformed", f"number {found.number}")
    if not (0 < found.length_mm < 100_000 and 0 < found.pixel_um < 100_000):
        raise BadDropError("sidecar_malformed", f"length {found.length_mm} mm, pixel {found.pixel_um} um")
    return found


def check_picture(data: bytes, named: PictureNamed, limits: Limits) -> Size:
    """Whether the bytes are the whole picture that the sidecar names, and how large it is."""
    if not data:
        raise BadDropError("empty", f"{named.file} has no bytes")
    if len(data) != named.size:
        raise BadDropError("truncated", f"{named.file} has {len(data)} bytes, the sidecar says {named.size}")
    if hashlib.sha256(data).hexdigest() != named.sha256.lower():
        raise BadDropError("damaged", f"{named.file} is not the file that the machine wrote: another hash")
    return check_png(data, limits)


def check_png(data: bytes, limits: Limits) -> Size:
    """A whole 16-bit greyscale PNG within the limits, unpacked piece by piece and thrown away."""
    if not data:
        raise BadDropError("empty", "no bytes")
    if not data.startswith(SIGNATURE):
        raise BadDropError("not_an_image", f"begins with {data[:8]!r}, not as a PNG")
    kind, header, at = _chunk(data, len(SIGNATURE))
    if kind != b"IHDR" or len(header) != 13:
        raise BadDropError("not_an_image", "no header in front")
    size = _size(header, limits)
    unpacker, unpacked, due = zlib.decompressobj(), 0, size.height_px * (1 + 2 * size.width_px)
    while kind != b"IEND":
        kind, body, at = _chunk(data, at)
        if kind == b"IDAT":
            unpacked += _unpacked(unpacker, body, due - unpacked)
    if unpacked != due or not unpacker.eof:
        raise BadDropError("truncated", f"{unpacked} of {due} bytes of pixels")
    if at != len(data):
        raise BadDropError("damaged", f"{len(data) - at} bytes behind the end")
    return size


def _chunk(data: bytes, at: int) -> tuple[bytes, bytes, int]:
    length = int.from_bytes(data[at : at + 4], "big")
    end = at + 12 + length
    if at + 12 > len(data) or end > len(data):
        raise BadDropError("truncated", f"ends within a chunk, at byte {len(data)}")
    kind, body = data[at + 4 : at + 8], data[at + 8 : end - 4]
    if zlib.crc32(kind + body) != int.from_bytes(data[end - 4 : end], "big"):
        raise BadDropError("damaged", f"the check of chunk {kind!r} is wrong")
    return kind, body, end


def _size(header: bytes, limits: Limits) -> Size:
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    depth, colour, compression, filtering, interlace = header[8:13]
    if width > SIDE_MOST_PX or height > SIDE_MOST_PX or width * height > limits.pixels:
        raise BadDropError("too_large", f"{width} x {height} pixels, at most {limits.pixels}")
    if width < SIDE_LEAST_PX or height < SIDE_LEAST_PX:
        raise BadDropError("too_small", f"{width} x {height} pixels, at least {SIDE_LEAST_PX} each way")
    if (depth, colour) != (DEPTH, GREY):
        raise BadDropError("wrong_depth", f"{depth} bits, colour type {colour}; 16-bit grey is needed")
    if (compression, filtering, interlace) != (0, 0, 0):
        raise BadDropError("not_an_image", "a compression, filter or interlace method that is not used here")
    return Size(width, height)


def _unpacked(unpacker: "zlib._Decompress", body: bytes, room: int) -> int:
    """How many bytes a piece of the stream unpacks to; never keeps more than PIECE_BYTES of them."""
    count = 0
    try:
        while body and not unpacker.eof:
            count += len(unpacker.decompress(body, PIECE_BYTES))
            body = unpacker.unconsumed_tail
            if count > room:
                raise BadDropError("too_large", "more pixels than its header says")
    except zlib.error as error:
        raise BadDropError("damaged", f"{error}"[:120]) from error
    return count
