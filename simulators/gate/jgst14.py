"""Bytes of the gate's side: frames and XML forms.

The one rule: what is written here is what a real front end would send, misspelt names and all. Source: JGS/T 14-2015.
"""

from collections.abc import Mapping
from xml.etree import ElementTree

HEAD = bytes.fromhex("E25C4B89")
GATHER_INFO, GATHER_FEEDBACK, MANUAL_CHECK = 0x81, 0x82, 0x85

Fields = Mapping[str, "str | Fields"]


def form(root: str, fields: Fields) -> bytes:
    element = ElementTree.Element(root)
    _fill(element, fields)
    return bytes(ElementTree.tostring(element, encoding="utf-8", xml_declaration=True))


def _fill(element: ElementTree.Element, fields: Fields) -> None:
    for name, value in fields.items():
        child = ElementTree.SubElement(element, name)
        if isinstance(value, str):
            child.text = value
        else:
            _fill(child, value)


def frame(code: int, area: str, channel: str, flag: str, xml: bytes, *, code_width: int = 4, pictures: bytes = b"") -> bytes:
    """One frame; the length counts all of it."""
    middle = code.to_bytes(code_width, "big") + f"{area:<10}{channel:<10}{flag}".encode("ascii")
    rest = middle + b"\xff" * 4 + len(xml).to_bytes(4, "big") + xml + pictures + b"\xff\xff"
    return HEAD + (8 + len(rest)).to_bytes(4, "big") + rest


class Cutter:
    """Cuts what comes from the back end into (code, fields). A byte out of place is an error of whoever sent it."""

    def __init__(self, code_width: int = 4) -> None:
        self._width = code_width
        self._kept = b""

    def feed(self, data: bytes) -> list[tuple[int, dict[str, str]]]:
        self._kept += data
        found = []
        while len(self._kept) >= 8:
            if self._kept[:4] != HEAD:
                raise ValueError(f"a frame begins with {self._kept[:4].hex()}")
            total = int.from_bytes(self._kept[4:8], "big")
            if len(self._kept) < total:
                break
            found.append(self._one(self._kept[:total]))
            self._kept = self._kept[total:]
        return found

    def _one(self, raw: bytes) -> tuple[int, dict[str, str]]:
        at = 8 + self._width + 21
        length = int.from_bytes(raw[at + 4 : at + 8], "big")
        if raw[at : at + 4] != b"\xff" * 4 or raw[-2:] != b"\xff\xff" or at + 8 + length + 2 != len(raw):
            raise ValueError("marks or lengths of the frame are wrong")
        root = ElementTree.fromstring(raw[at + 8 : at + 8 + length])
        fields = {element.tag: (element.text or "") for element in root.iter() if len(element) == 0}
        return int.from_bytes(raw[8 : 8 + self._width], "big"), fields | {"": root.tag}
