"""XML from outside -> a plain tree, whatever is in the bytes.

One rule: no file costs more than its limits. Size, depth and number of elements are bounded, a DTD or
an entity refuses the file (defusedxml), nothing is fetched. Work is proportional to the size, so the
limits bound the time.

Lenient where files of the field differ: byte order mark, encoding (a wrong one that proves to be GB
18030), any prefix even if it is not declared, several documents in one file, the transport envelope
DxpMsg around a message. Source: XML 1.0; GACC e-commerce interface specification, transport chapter
(DxpMsg, Data in base64).
"""

import base64
import binascii
import re
from collections.abc import Iterator
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from controller.customs.parsed import Notes, RefusedPartError

CEB_NAMESPACE = "http://www.chinaport.gov.cn/ceb"
MAX_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 20
MAX_ELEMENTS = 400_000
MAX_ATTRIBUTES = 50
MAX_ENVELOPES = 3

_MESSAGE = re.compile(r"CEB[0-9]{3}Message")
_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")
_ENCODING = re.compile(rb"""^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
# Named ones only: some of Python's codecs take time that grows with the square of the size.
_CODECS = {
    **dict.fromkeys(("UTF-8", "UTF8", "US-ASCII", "ASCII"), "utf-8"),
    **dict.fromkeys(("GB2312", "GBK", "GB18030", "CP936"), "gb18030"),
    **dict.fromkeys(("ISO-8859-1", "LATIN1", "WINDOWS-1252"), "cp1252"),
    "BIG5": "big5",
}
SEND_AGAIN = "ask the sender for a well-formed file, then import it again"
_TOO_LARGE = "ask the sender to split the file, then import the parts"


class Node:
    """An element: local name, namespace, line, children in order and its text."""

    __slots__ = ("children", "line", "name", "namespace", "pieces")

    def __init__(self, name: str, namespace: str, line: int) -> None:
        self.name, self.namespace, self.line = name, namespace, line
        self.children: list[Node] = []
        self.pieces: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self.pieces).strip()

    def all(self, name: str) -> list["Node"]:
        return [child for child in self.children if child.name == name]


def messages(data: bytes, name: str, notes: Notes) -> list[Node]:
    """Every message `name` of the file in order, also out of envelopes. `notes` takes what cannot be read and what is another."""
    seen = _Seen(name, notes)
    roots: list[str] = []
    try:
        for root in _documents(data, notes):
            roots.append(root.name)
            seen.document(root, MAX_ENVELOPES)
        if not seen.found:
            cause = f"no {name} in it, its root is {', '.join(roots[:3]) or 'empty'}"
            raise RefusedPartError("no_message", cause, "check that this is the right kind of file")
    except RefusedPartError as refused:
        notes.refuse(refused)
    if seen.found or notes.others:  # else nothing in the file is a message, which was said
        for node in seen.strange:
            cause = f"no message in the document {node.name}"
            notes.refuse(RefusedPartError("document_unknown", cause, "check whether it belongs into this file", node.line))
    for space in sorted({node.namespace for node in seen.found} - {CEB_NAMESPACE}):
        notes.warn("namespace_wrong", f"{name} is in the namespace {space!r}, not {CEB_NAMESPACE!r}")
    return seen.found


class _Seen:
    """What is in the documents of a file: the messages that are asked for, and documents that have none of any kind."""

    def __init__(self, name: str, notes: Notes) -> None:
        self._name, self._notes = name, notes
        self.found: list[Node] = []
        self.strange: list[Node] = []

    def document(self, root: Node, envelopes: int) -> None:
        if not self._collect(root, envelopes):
            self.strange.append(root)

    def _collect(self, node: Node, envelopes: int) -> bool:
        """Whether there is a message in it, or an envelope: what that has is a document of its own."""
        if node.name == self._name:
            self.found.append(node)
            return True
        known = _MESSAGE.fullmatch(node.name) is not None
        if known:
            self._notes.pass_over(node.name)
        for child in node.children:
            if child.name == "Data" and node.name.startswith("DxpMsg"):
                known = True
                for root in _opened(child, self._notes, envelopes):
                    self.document(root, envelopes - 1)
            else:
                known = self._collect(child, envelopes) or known
        return known


def _opened(node: Node, notes: Notes, envelopes: int) -> Iterator[Node]:
    """The documents in the Data of an envelope. One that cannot be opened is refused, others are kept."""
    try:
        if envelopes <= 0:
            cause = f"more than {MAX_ENVELOPES} envelopes inside one another"
            raise RefusedPartError("envelope_too_deep", cause, SEND_AGAIN, node.line)
        if node.children:
            notes.warn("envelope_not_encoded", "Data carries XML, not base64", line=node.line)
            yield from node.children
            return
        text = node.text
        if text.startswith("<"):
            notes.warn("envelope_not_encoded", "Data carries XML text, not base64", line=node.line)
            inner = text.encode()
        else:
            inner = base64.b64decode("".join(text.split()), validate=True)
        yield from _documents(inner, notes)
    except (binascii.Error, ValueError) as error:
        cause = f"Data of the envelope is not base64: {error}"
        notes.refuse(RefusedPartError("envelope_unreadable", cause, SEND_AGAIN, node.line))
    except RefusedPartError as refused:
        notes.refuse(refused)


def _documents(data: bytes, notes: Notes) -> list[Node]:
    """The root elements of one file: usually one, or several documents written one after the other."""
    if len(data) > MAX_BYTES:
        raise RefusedPartError("file_too_large", f"{len(data)} bytes, at most {MAX_BYTES}", _TOO_LARGE)
    text = _decoded(data, notes)
    try:
        return [_tree(_DECLARATION.sub("", text, count=1) if text.startswith("<?xml") else text)]
    except SAXParseException as error:
        if not _is_several(error):
            raise _not_xml(error) from error
    try:
        # Lines are kept: a declaration stands on one line, and the added root on the first.
        several = _tree(f"<Several>{_DECLARATION.sub('', text)}</Several>")
    except SAXParseException as error:
        raise _not_xml(error) from error
    notes.warn("several_documents", f"{len(several.children)} documents in one file")
    return several.children


def _is_several(error: SAXParseException) -> bool:
    message = error.getMessage()
    return "junk after document element" in message or "declaration not at start" in message


def _not_xml(error: SAXParseException) -> RefusedPartError:
    return RefusedPartError("not_xml", error.getMessage(), SEND_AGAIN, error.getLineNumber() or 0)


def _decoded(data: bytes, notes: Notes) -> str:
    """The text of a file without byte order mark and leading space."""
    bare = data.removeprefix(b"\xef\xbb\xbf")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        named, guesses = "UTF-16", ["utf-16"]
    elif unmarked := _unmarked_utf16(data):
        named, guesses = "UTF-16 without a byte order mark", [unmarked]
    else:
        match = _ENCODING.match(bare[:200])
        named = match[1].decode("ascii").upper() if match and bare is data else "UTF-8"
        guesses = [_CODECS.get(named, "utf-8"), "utf-8", "gb18030"]
    for place, guess in enumerate(guesses):
        try:
            text = bare.decode(guess)
        except ValueError:
            continue
        if place or (named not in _CODECS and named != "UTF-16"):
            notes.warn("encoding_wrong", f"it says {named}; read as {guess}")
        return text.removeprefix("\ufeff").lstrip()
    raise RefusedPartError("encoding_unknown", f"not {named}, UTF-8 or GB 18030", SEND_AGAIN)


def _unmarked_utf16(data: bytes) -> str:
    """The codec of UTF-16 that has lost its mark: a zero stands beside the first "<", on the side that the order says."""
    place = data[:4096].find(b"<")
    if place >= 0 and place % 2 == 0 and data[place + 1 : place + 2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if place > 0 and place % 2 and data[place - 1] == 0 else ""


def _tree(text: str) -> Node:
    """Parse one document. SAXParseException for what is not XML; limits, DTD and entities are refusals."""
    # Without namespace handling an undeclared prefix is no error; prefixes are resolved by the builder.
    parser = DefusedExpatParser(namespaceHandling=0, forbid_dtd=True)
    builder = _Builder(parser)
    parser.setContentHandler(builder)
    try:
        parser.feed(text.encode("utf-8", "surrogatepass"))
        parser.close()
    except DefusedXmlException as error:
        cause = f"it declares a DTD or an entity ({type(error).__name__})"
        raise RefusedPartError("dtd_forbidden", cause, SEND_AGAIN) from error
    if builder.root is None:
        raise RefusedPartError("not_xml", "no element in it", SEND_AGAIN)
    return builder.root


class _Builder(ContentHandler):
    """SAX events -> nodes, stopping at the limits."""

    def __init__(self, place: Locator) -> None:
        super().__init__()
        self._place = place
        self.root: Node | None = None
        self._open: list[Node] = []
        self._spaces: list[dict[str, str]] = [{}]
        self._count = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 (SAX names it)
        self._count += 1
        line = self._place.getLineNumber() or 0
        if self._count > MAX_ELEMENTS:
            raise RefusedPartError("too_many_elements", f"more than {MAX_ELEMENTS}", _TOO_LARGE, line)
        if len(self._open) >= MAX_DEPTH:
            raise RefusedPartError("too_deep", f"more than {MAX_DEPTH} levels", SEND_AGAIN, line)
        if len(attrs) > MAX_ATTRIBUTES:
            # Namespaces are inherited: without this limit the work would be elements times attributes.
            raise RefusedPartError("too_many_attributes", f"more than {MAX_ATTRIBUTES}", SEND_AGAIN, line)
        spaces = self._spaces[-1]
        if len(attrs):
            declared = {key[6:]: attrs[key] for key in attrs.getNames() if key[:5] == "xmlns" and key[5:6] in ":"}
            spaces = {**spaces, **declared} if declared else spaces
        self._spaces.append(spaces)
        prefix, _, local = name.rpartition(":")
        node = Node(local, spaces.get(prefix, ""), line)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def endElement(self, name: str) -> None:  # noqa: N802 (SAX names it)
        self._open.pop()
        self._spaces.pop()

    def characters(self, content: str) -> None:
        self._open[-1].pieces.append(content)
