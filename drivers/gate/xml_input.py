"""XML of a gate -> a plain tree, whatever is in the bytes.

One rule: no form costs more than its limits (size, depth, elements), a DTD or an entity refuses it, nothing is fetched.
Source: XML 1.0; JGS/T 14-2015 (UTF-8).
"""

import re
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

XML_LIMIT_BYTES = 256 * 1024
DEPTH_LIMIT = 8
ELEMENTS_LIMIT = 2000
TEXT_LIMIT = 500

_DECLARATION = re.compile(r"^<\?xml\s[^>]*\?>")
_GB = re.compile(rb"""^<\?xml\s[^>]*?encoding\s*=\s*["'](GB2312|GBK|GB18030)["']""", re.IGNORECASE)


class FormError(Exception):
    """A form that can not be read. `code` and `cause` say why."""

    def __init__(self, code: str, cause: str) -> None:
        super().__init__(f"{code}: {cause}")
        self.code, self.cause = code, cause


class Node:
    """An element: its local name, its children in order, its text."""

    __slots__ = ("children", "name", "pieces")

    def __init__(self, name: str) -> None:
        self.name = name
        self.children: list[Node] = []
        self.pieces: list[str] = []

    @property
    def value(self) -> str:
        return "".join(self.pieces).strip()[:TEXT_LIMIT]

    def find(self, name: str) -> "Node | None":
        return next((child for child in self.children if child.name == name), None)

    def text(self, *path: str) -> str:
        """The text at a path of element names, empty where there is none."""
        node: Node | None = self
        for name in path:
            node = node.find(name) if node is not None else None
        return node.value if node is not None else ""


def tree_of(data: bytes) -> Node:
    """The root element. Raises `FormError` and nothing else."""
    if len(data) > XML_LIMIT_BYTES:
        raise FormError("form_too_large", f"{len(data)} bytes, at most {XML_LIMIT_BYTES}")
    bare = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    try:
        text = bare.decode("gb18030" if _GB.match(bare[:200]) else "utf-8")
    except ValueError as error:
        raise FormError("form_not_text", f"not the encoding it claims: {error}") from error
    parser = DefusedExpatParser(namespaceHandling=0, forbid_dtd=True)
    builder = _Builder()
    parser.setContentHandler(builder)
    try:
        parser.feed(_DECLARATION.sub("", text).encode())
        parser.close()
    except DefusedXmlException as error:
        raise FormError("form_dtd_forbidden", f"it declares a DTD or an entity ({type(error).__name__})") from error
    except (SAXParseException, ValueError) as error:
        raise FormError("form_not_xml", str(error)[:200]) from error
    if builder.root is None:
        raise FormError("form_not_xml", "no element in it")
    return builder.root


class _Builder(ContentHandler):
    """SAX events -> nodes, stopping at the limits."""

    def __init__(self) -> None:
        super().__init__()
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 (SAX names it)
        self._count += 1
        if self._count > ELEMENTS_LIMIT or len(self._open) >= DEPTH_LIMIT:
            raise FormError("form_too_large", f"more than {ELEMENTS_LIMIT} elements or {DEPTH_LIMIT} levels")
        node = Node(name.rpartition(":")[2])
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def endElement(self, name: str) -> None:  # noqa: N802 (SAX names it)
        self._open.pop()

    def characters(self, content: str) -> None:
        if self._open:
            self._open[-1].pieces.append(content)
