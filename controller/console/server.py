"""Two HTTP servers on the daemon's own loop.

One rule: they start, fail and stop like any other task of the daemon: a port that is taken is an error with a next step, a
cancel closes streams and connections within a second, and signals stay the daemon's.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

import msgspec
import uvicorn
from starlette.types import ASGIApp

from controller.console.proxies import BehindProxies, known
from controller.daemon.patient_port import Patient
from controller.records.errors import RecordsError

STOP_WITHIN_S = 3.0
AT_ONCE_MOST = 200


class Tls(msgspec.Struct, frozen=True):
    cert_file: str
    key_file: str


class _OnOurLoop(uvicorn.Server):
    """uvicorn, but signals belong to the daemon."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class OfScreens(Patient):
    SILENT_S = 15.0
    OF_AN_ADDRESS = 100  # one machine does not take all, or nobody else could press stop
    IN_ALL = AT_ONCE_MOST


async def serve(
    ports: dict[int, ASGIApp], host: str, tls: Tls | None, end_streams: Callable[[], None], proxies: Sequence[str] = ()
) -> None:
    """Serve until cancelled. `end_streams` is called first when it ends: an open stream would hold the server. Everybody behind
    one of `proxies` has a terminal of the own.
    """
    listening = [(_bind(host, port), app) for port, app in ports.items()]
    servers = [_OnOurLoop(_config(BehindProxies(app, proxies), tls, known(proxies))) for _, app in listening]
    loop = asyncio.get_running_loop()
    running = [
        loop.create_task(server.serve(sockets=[sock]), name=f"console port {sock.getsockname()[1]}")
        for server, (sock, _) in zip(servers, listening, strict=True)
    ]
    try:
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    finally:
        end_streams()
        await to_the_end(_close(servers, running))
        for sock, _ in listening:
            sock.close()
    for task in running:
        if not task.cancelled():
            task.result()


async def _close(servers: Sequence[uvicorn.Server], running: Sequence[asyncio.Task[None]]) -> None:
    for server in servers:
        server.should_exit = True
    _, late = await asyncio.wait(running, timeout=STOP_WITHIN_S)
    for task in late:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Closing is not cut short by a second cancel; that counts afterwards."""
    task = asyncio.get_running_loop().create_task(work)
    again = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            again = True
    task.result()
    if again:
        raise asyncio.CancelledError


def _config(app: ASGIApp, tls: Tls | None, proxies: frozenset[str]) -> uvicorn.Config:
    class OfThisSite(OfScreens):
        FRONT = proxies

    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    return uvicorn.Config(
        app, http=OfThisSite, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=1, timeout_keep_alive=30, limit_concurrency=AT_ONCE_MOST + 1,
        ssl_certfile=tls.cert_file if tls is not None else None, ssl_keyfile=tls.key_file if tls is not None else None,
    )  # fmt: skip


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        cause = f"{host}:{port}: {error.strerror or error}"
        raise RecordsError("console_port", cause, "stop what listens there, or set another [console] port") from error
    return sock
