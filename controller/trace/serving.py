"""The process of the public page: `python -m controller.trace.serving`, started by the daemon and ended with it.

One rule: standard input and output are the one way between the two: a line in names the settings, then each line out asks for a
carton, and a line in answers how it stands. When the daemon is gone its line ends, and so does this process.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import uvicorn

from controller.daemon.clock import system_wall_clock
from controller.daemon.patient_port import Patient
from controller.records.story_process import records_reader
from controller.settings.public import Trace
from controller.trace.app import Source, TracePage
from controller.trace.checks import CHECKS_NAME, Checks
from controller.trace.limits import Limits
from controller.trace.lookup import look_up
from controller.trace.page import Names
from controller.trace.places import Places

NICE = 10
AT_ONCE_MOST = 64
ANSWERS_WITHIN_S = 2.0
LINE_MOST_BYTES = 64 * 1024


class Told(msgspec.Struct, frozen=True):
    """The first line: what this process needs of the site."""

    trace: Trace
    records: str
    data: str


class Standing(msgspec.Struct, frozen=True):
    """How a carton stands: released, processing, recalled, or unknown to the line."""

    number: int
    standing: str = ""
    carton: str = ""


class Line:
    """Questions to the daemon, each with a number."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._waiting: dict[int, asyncio.Future[str]] = {}
        self._number = 0

    async def standing(self, carton: str) -> str:
        self._number += 1
        number = self._number
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        sys.stdout.buffer.write(msgspec.json.encode(Standing(number, carton=carton)) + b"\n")
        sys.stdout.buffer.flush()
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                return str(await answer)
        finally:
            del self._waiting[number]

    async def listen(self) -> None:
        """Until the daemon's line ends."""
        while line := await self._reader.readline():
            told = msgspec.json.decode(line, type=Standing)
            waiting = self._waiting.get(told.number)
            if waiting is not None and not waiting.done():
                waiting.set_result(told.standing)


class _Server(uvicorn.Server):
    """uvicorn, but it ends with the daemon's line and not by signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class OfStrangers(Patient):
    SILENT_S = 10.0
    OF_AN_ADDRESS = 16
    IN_ALL = AT_ONCE_MOST


class OfAFrontServer(OfStrangers):
    """All connections have one address: it looks after those of strangers itself."""

    OF_AN_ADDRESS = AT_ONCE_MOST


def bind(options: Trace) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((options.host, options.port))
    sock.setblocking(False)
    return sock


def config_of(app: TracePage, options: Trace) -> uvicorn.Config:
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    bounds = OfAFrontServer if options.behind_proxy else OfStrangers
    return uvicorn.Config(
        app, http=bounds, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False,
        date_header=False, proxy_headers=False, timeout_graceful_shutdown=1, timeout_keep_alive=5,
        limit_concurrency=AT_ONCE_MOST + 1, ssl_certfile=options.tls_cert_file or None, ssl_keyfile=options.tls_key_file or None,
    )  # fmt: skip


async def serve() -> int:
    """Serve until the daemon's line ends."""
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1, "trace"))  # one question to the database at a time
    reader = asyncio.StreamReader(LINE_MOST_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    told = msgspec.json.decode(await reader.readline(), type=Told)
    records, checks, line = records_reader(told.records), Checks(Path(told.data) / CHECKS_NAME), Line(reader)
    options = told.trace
    page = TracePage(
        Source(lambda code: look_up(records, code), checks.look, line.standing),
        Names(options.place, options.warehouse, options.mask_list), Limits(loop.time), Places(secrets.token_bytes),
        loop.time, system_wall_clock, behind_proxy=options.behind_proxy,
    )  # fmt: skip
    server, sock = _Server(config_of(page, options)), bind(options)
    serving = loop.create_task(server.serve(sockets=[sock]))
    listening = loop.create_task(line.listen())
    await asyncio.wait({serving, listening}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await asyncio.wait({serving}, timeout=3)
    listening.cancel()
    sock.close()
    checks.close()
    records.dispose()
    return 0


if __name__ == "__main__":
    os.nice(NICE)
    sys.exit(asyncio.run(serve()))
