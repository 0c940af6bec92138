"""The front end of one gate: plate and container cameras, weighbridge, lock reader, the officer's console.

The one rule: it asks again until it is answered, always with the same SESSION_ID for the same truck; what the answer means is
for the people at the gate. It listens; the back end connects.
"""

import asyncio
import random
from collections.abc import Callable

import msgspec

from simulators.gate.jgst14 import GATHER_FEEDBACK, GATHER_INFO, MANUAL_CHECK, Cutter, form, frame

ASK_AGAIN_S = 5.0

Note = Callable[..., None]


class Reading(msgspec.Struct, frozen=True):
    """What the gate's devices read of a truck. Empty = not read; `sure` = the cameras' own opinion."""

    plate: str
    container_no: str
    seal_no: str
    gross_kg: int
    sure: bool = True
    mode: str = "A"
    flag: str = "E"


class GateFaults(msgspec.Struct):
    """`double`: so many times more each form is sent; `split`: byte by byte; `garbage`: rubbish before the next form."""

    double: int = 0
    split: bool = False
    garbage: bytes = b""
    mute: bool = False


class GateFrontEnd:
    """One lane. `present` begins a session, `answer` waits for its verdict."""

    def __init__(self, rng: random.Random, note: Note, *, area: str = "8013000001", channel: str = "0000000001",
                 code_width: int = 4) -> None:  # fmt: skip
        self._rng = rng
        self._note = note
        self._area, self._channel, self._width = area, channel, code_width
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self._handlers: set[asyncio.Task[None]] = set()
        self._asking: asyncio.Task[None] | None = None
        self._sessions = 0
        self._arrived = asyncio.Event()
        self.session_id = ""
        self.reading: Reading | None = None
        self.result = ""
        self.answers: list[tuple[str, str]] = []
        self.faults = GateFaults()
        self.port = 0

    # --- wire ---
    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        self._server = await asyncio.start_server(self._connected, host, port)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    async def close(self) -> None:
        self._stop_asking()
        if self._server is not None:
            self._server.close()
        self.drop_connections()
        for handler in tuple(self._handlers):
            handler.cancel()
        await asyncio.gather(*self._handlers, return_exceptions=True)

    def drop_connections(self) -> None:
        """Every cable out."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        self._writers.append(writer)
        cutter = Cutter(self._width)
        try:
            self._ask()
            while data := await reader.read(65536):
                for code, fields in cutter.feed(data):
                    self._take(code, fields)
        except OSError:
            pass
        except asyncio.CancelledError:
            pass  # the front end is switched off
        finally:
            self._handlers.discard(task)
            if writer in self._writers:
                self._writers.remove(writer)
            writer.close()

    def _take(self, code: int, fields: dict[str, str]) -> None:
        if code != GATHER_FEEDBACK or fields.get("") != "GATHER_FEEDBACK":
            raise ValueError(f"the back end sent code {code:#x} with {fields.get('')}")
        session, result = fields.get("SESSION_ID", ""), fields.get("CHECK_RESULT", "")
        self._note("gate_answer", session_id=session, result=result)
        self.answers.append((session, result))
        if session == self.session_id:
            self.result = result
            self._arrived.set()

    def _send(self, code: int, root: str, fields: dict[str, object]) -> None:
        raw = frame(code, self._area, self._channel, "E", form(root, fields), code_width=self._width)  # type: ignore[arg-type]
        if self.faults.mute:
            return
        raw, self.faults.garbage = self.faults.garbage + raw, b""
        for writer in self._writers[-1:]:
            for _ in range(1 + self.faults.double):
                for piece in [raw[i : i + 1] for i in range(len(raw))] if self.faults.split else [raw]:
                    writer.write(piece)

    # --- people ---
    def present(self, reading: Reading) -> str:
        """A truck drives up: a session of its own, told until it is answered."""
        self._stop_asking()
        self._sessions += 1
        self.session_id = f"20261123{self._sessions:06d}{self._rng.randrange(10**6):06d}"
        self.reading, self.result = reading, ""
        self._arrived.clear()
        self._asking = asyncio.create_task(self._ask_again(), name="gate asks")
        return self.session_id

    def drive_off(self) -> None:
        """The truck is gone, one way or the other."""
        self._stop_asking()
        self.reading = None

    async def answer(self, within_s: float, other_than: str = "") -> str:
        """The verdict on the truck that stands here, empty if none came. `other_than`: wait until it changes."""
        try:
            async with asyncio.timeout(within_s):
                while not self.result or self.result == other_than:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            return ""
        return self.result

    def manual_check(self, result: int, operator_id: str, comment: str) -> None:
        """The officer at the console decides: 1 let go, 2 to inspection, 3 send back."""
        fields: dict[str, object] = {
            "AREA_ID": self._area, "CHNL_NO": self._channel, "SESSION_ID": self.session_id, "CHECK_RESULT": str(result),
            "COMMENT": comment, "OPERATOR_ID": operator_id,
        }  # fmt: skip
        self._send(MANUAL_CHECK, "MANUAL_CHECK", fields)

    async def _ask_again(self) -> None:
        while True:
            self._ask()
            await asyncio.sleep(ASK_AGAIN_S)

    def _stop_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _ask(self) -> None:
        reading = self.reading
        if reading is None:
            return
        ratio = "Y" if reading.sure else "N"
        fields: dict[str, object] = {
            "I_E_FLAG": reading.flag, "AREA_ID": self._area, "CHNL_NO": self._channel, "GETHER_MODE": reading.mode,
            "SESSION_ID": self.session_id, "FORM_INFO": {"FORM_TYPE": "bill", "FORM_ID": ""}, "VE_LICENSE_NO": reading.plate,
            "CONTA_ID": reading.container_no, "ESEAL_ID": reading.seal_no, "GROSS_WT": str(reading.gross_kg),
            "CONTA_RECOGNITION": {"CONTA_ID": reading.container_no, "CONFIDENCE_RATIO": ratio},
            "VE_LICENSE_RECOGNITION": {"DOMESTIC_LICENSE_NO": reading.plate, "CONFIDENCE_RATIO": ratio},
        }  # fmt: skip
        self._send(GATHER_INFO, "GATHER_INFO", fields)
