"""Driver of one gate front end: connects, listens, sends, and comes back by itself.

One rule: what was read is reported once, in order, with its raw bytes; an answer that can not be sent now is not kept, because
the gate tells of its truck again when the link is back. Source: JGS/T 14-2015; the front end listens, we connect.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable

import msgspec

from drivers.gate.forms import Inbound, Outbound, parse_form, write_form
from drivers.gate.frames import BadFrame, Frame, FrameDecoder, encode_frame
from drivers.gate.xml_input import FormError

CONNECT_WITHIN_S = 3.0
REST_OF_FRAME_WITHIN_S = 5.0
RETRY_FIRST_S, RETRY_MOST_S = 0.2, 2.0
READ_BYTES = 64 * 1024
UNSENT_LIMIT_BYTES = 1024 * 1024
# A gate that lost its power says no goodbye, and this side hardly ever speaks first: the kernel asks whether it is there.
PROBES = (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 10_000))


class GateSettings(msgspec.Struct, frozen=True):
    """Where a gate is and how its frames look."""

    gate: str
    host: str
    port: int
    area_id: str
    channel_no: str
    code_bytes: int = 4


class GateUp(msgspec.Struct, frozen=True):
    gate: str


class GateDown(msgspec.Struct, frozen=True):
    gate: str
    code: str
    cause: str
    next_step: str


class FormRead(msgspec.Struct, frozen=True):
    """A form of the gate, with every byte of the frame it came in."""

    gate: str
    form: Inbound
    raw: bytes
    at_s: float


class FrameUnread(msgspec.Struct, frozen=True):
    """Bytes that are no form."""

    gate: str
    code: str
    cause: str
    raw: bytes
    at_s: float


GateReport = GateUp | GateDown | FormRead | FrameUnread


class GateNotSentError(Exception):
    """There is no link to the gate at the moment."""


class GateDriver:
    """`run` never ends by itself; `send` may be called at any time on the running loop."""

    def __init__(self, settings: GateSettings, report: Callable[[GateReport], None]) -> None:
        self._settings = settings
        self._report = report
        self._writer: asyncio.StreamWriter | None = None
        self._told_down = ""

    async def run(self) -> None:
        retry_s = RETRY_FIRST_S
        while True:
            try:
                async with asyncio.timeout(CONNECT_WITHIN_S):
                    reader, writer = await asyncio.open_connection(self._settings.host, self._settings.port)
            except (OSError, TimeoutError) as error:
                self._down("gate_unreachable", f"{type(error).__name__}: {error}", "check the gate's network and its program")
            else:
                retry_s = RETRY_FIRST_S
                await self._serve(reader, writer)
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, RETRY_MOST_S)

    def send(self, form: Outbound, direction: str) -> bytes:
        """Put a form on the wire; its bytes. Raises `GateNotSentError` when there is no link."""
        code, xml = write_form(form)
        settings = self._settings
        raw = encode_frame(code, settings.area_id, settings.channel_no, direction, xml, settings.code_bytes)
        writer = self._writer
        if writer is None or writer.is_closing():
            raise GateNotSentError(f"gate {settings.gate} is not connected")
        if writer.transport.get_write_buffer_size() > UNSENT_LIMIT_BYTES:
            writer.transport.abort()
            raise GateNotSentError(f"gate {settings.gate} takes no more bytes")
        writer.write(raw)
        return raw

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = FrameDecoder(self._settings.code_bytes)
        _probe(writer)
        self._writer = writer
        self._told_down = ""
        self._report(GateUp(self._settings.gate))
        try:
            while True:
                try:
                    async with asyncio.timeout(REST_OF_FRAME_WITHIN_S if decoder.waiting else None):
                        data = await reader.read(READ_BYTES)
                except TimeoutError:
                    self._take(decoder.give_up())
                    continue
                if not data:
                    break
                for one in decoder.feed(data):
                    self._take(one)
            self._down("gate_closed", "the gate closed the connection", "none needed, it is opened again")
        except OSError as error:
            self._down("gate_lost", f"{type(error).__name__}: {error}", "check the gate's network")
        finally:
            self._writer = None
            writer.close()

    def _take(self, one: Frame | BadFrame) -> None:
        gate, at_s = self._settings.gate, asyncio.get_running_loop().time()
        if isinstance(one, BadFrame):
            self._report(FrameUnread(gate, one.code, one.cause, one.raw, at_s))
            return
        try:
            form = parse_form(one.code, one.xml)
        except FormError as error:
            self._report(FrameUnread(gate, error.code, error.cause, one.raw, at_s))
            return
        self._report(FormRead(gate, form, one.raw, at_s))

    def _down(self, code: str, cause: str, next_step: str) -> None:
        if code != self._told_down:  # said once, however often it is tried again
            self._told_down = code
            self._report(GateDown(self._settings.gate, code, cause[:300], next_step))


def _probe(writer: asyncio.StreamWriter) -> None:
    """Have the kernel find out when nobody is there any more."""
    sock = writer.get_extra_info("socket")
    if sock is None:  # an in-memory network has none
        return
    with contextlib.suppress(OSError):  # the gate may be gone again already; reading says so
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in PROBES:
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
