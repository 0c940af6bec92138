"""What goes into the paper of an inspection record, and how its fields stand in the file word for word.

One rule: between the two marks are the canonical bytes of `RecordContent`, uncompressed, so that they are found again without any
library for PDF, also in a file that somebody changed.
"""

import msgspec

from controller.line.record_state import RecordContent, canonical, code_of, hash_of

MARK, END = b"XIYONG-RECORD-1 ", b"\nXIYONG-RECORD-END\n"


class PaperOrder(msgspec.Struct, frozen=True):
    """What to print. `photos` are files in the order of the content's; `names` are people's by account."""

    content: RecordContent
    names: dict[str, str]
    photos: tuple[str, ...]


class Found(msgspec.Struct, frozen=True):
    """What a file says of itself: code and hash as they stand there, and the bytes of its fields."""

    code: str
    sha256: str
    fields: bytes


def embedded(content: RecordContent) -> bytes:
    """What stands in the file between the marks, with them."""
    sha256 = hash_of(content)
    return MARK + f"{code_of(sha256)} {sha256}\n".encode() + canonical(content) + END


def found_in(data: bytes) -> Found | None:
    """The fields of a paper; nothing where there are none."""
    start = data.find(MARK)
    end = data.find(END, start)
    if start < 0 or end < 0:
        return None
    head, _, fields = data[start + len(MARK) : end].partition(b"\n")
    code, _, sha256 = head.decode("ascii", "replace").partition(" ")
    return Found(code, sha256, fields)
