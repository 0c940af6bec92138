"""A camera's stream: Motion JPEG over HTTP, as network cameras serve it.

The one rule: one part a frame, each with its length; a client that does not take them fast enough loses frames, not the order.
Source: multipart/x-mixed-replace (RFC 2046 syntax, the usage of network cameras).
"""

import asyncio

from simulators.camera.camera import CameraSim

BOUNDARY = b"frame"
REQUEST_WITHIN_S = 5.0
REQUEST_MOST_BYTES = 8192
IDLE_S = 0.05
# More than this unsent: the client is slow, this frame is not for it.
UNSENT_MOST_BYTES = 256 * 1024
HEAD = (
    b"HTTP/1.0 200 OK\r\nCache-Control: no-cache\r\nConnection: close\r\n"
    b"Content-Type: multipart/x-mixed-replace; boundary=" + BOUNDARY + b"\r\n\r\n"
)


class MjpegServer:
    """Serves one camera to whoever connects. A cut cable ends every connection and takes no new one."""

    def __init__(self, camera: CameraSim) -> None:
        self.camera = camera
        self.port = 0
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._handlers: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        camera.on_cut = self._on_cut

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.camera.name}.mjpg"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; returns the address of the stream."""
        self._server = await asyncio.start_server(self._connected, host, port, limit=REQUEST_MOST_BYTES)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.url

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self._abort_all()
        for handler in tuple(self._handlers):
            handler.cancel()
        await asyncio.gather(*self._handlers, return_exceptions=True)

    def _on_cut(self, cut: bool) -> None:
        if cut:
            self._abort_all()

    def _abort_all(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self.camera.cut:
            writer.transport.abort()
            return
        self._handlers.add(task)
        self._writers.add(writer)
        try:
            async with asyncio.timeout(REQUEST_WITHIN_S):
                await reader.readuntil(b"\r\n\r\n")
            self.connections += 1
            await self._stream(writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            return
        finally:
            self._handlers.discard(task)
            self._writers.discard(writer)
            writer.transport.abort()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        while not writer.is_closing():
            frame = self.camera.next_jpeg()
            if frame is None:
                await asyncio.sleep(IDLE_S)
                continue
            if writer.transport.get_write_buffer_size() <= UNSENT_MOST_BYTES:
                writer.write(b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % (BOUNDARY, len(frame)))
                writer.write(frame)
                writer.write(b"\r\n")
            await asyncio.sleep(1 / self.camera.fps)
