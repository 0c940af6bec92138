"""A serial cable on this machine: a pseudo-terminal published under a name that never changes.

One rule: the link names a working line or does not exist. A new pty gets a new number each time; the link
(`DIR/dev/scanner-induct`) is what a configuration names, as udev does for real adapters.

The slave is kept open here, or the master would read EIO whenever the driver closes; both ends are
raw (termios(3)). A pty has no modem lines and no baud rate, and unlike a UART it keeps up to 4 KiB that
nobody reads: a driver that opens late sees old bytes first. `discard_unread()` throws them away, as
hardware would.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import termios
import tty
from pathlib import Path

from simulators.world.port import BUFFER_BYTES, Receive

READ_BYTES = 4096


class PtyPort:
    """A pty under a stable link; needs a loop with `add_reader`."""

    def __init__(self, link: Path, *, buffer_bytes: int = BUFFER_BYTES) -> None:
        self._link = link
        self._buffer_bytes = buffer_bytes
        self._receive: Receive | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._master: int | None = None
        self._slave: int | None = None
        self._slave_name = ""
        self._unsent = bytearray()
        self.lost_messages = 0

    @property
    def url(self) -> str:
        return str(self._link)

    @property
    def plugged(self) -> bool:
        return self._master is not None

    def on_bytes(self, receive: Receive) -> None:
        self._receive = receive

    async def plug(self) -> None:
        if self.plugged:
            return
        if self._link.exists() and not self._link.is_symlink():
            raise FileExistsError(f"{self._link} is not a link; a simulated port replaces only its own link")
        master, slave = os.openpty()
        tty.setraw(master)
        tty.setraw(slave)
        os.set_blocking(master, False)
        self._master, self._slave = master, slave
        self._slave_name = os.ttyname(slave)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(master, self._readable)
        self._publish()

    def unplug(self) -> None:
        if self._master is None or self._slave is None or self._loop is None:
            return
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        # The name goes first: who looks it up now must not reach a dying line.
        with contextlib.suppress(OSError):
            if os.readlink(self._link) == self._slave_name:
                self._link.unlink()
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = None
        self._unsent.clear()

    async def close(self) -> None:
        self.unplug()

    def send(self, data: bytes) -> bool:
        if self._master is None or len(self._unsent) + len(data) > self._buffer_bytes:
            self.lost_messages += 1
            return False
        waiting = bool(self._unsent)
        self._unsent += data
        if not waiting:
            self._write()
        return True

    def discard_unread(self) -> None:
        """Drop what was sent and not yet read by a driver."""
        self._unsent.clear()
        if self._slave is not None:
            termios.tcflush(self._slave, termios.TCIFLUSH)

    def _publish(self) -> None:
        self._link.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._link.with_name(f".{self._link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self._slave_name)
        # Replaces in one step a link that a killed simulator left behind.
        fresh.replace(self._link)

    def _readable(self) -> None:
        if self._master is None:
            return
        try:
            data = os.read(self._master, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self.unplug()
            return
        if data and self._receive is not None:
            self._receive(data)

    def _write(self) -> None:
        if self._master is None or self._loop is None:
            return
        try:
            del self._unsent[: os.write(self._master, self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self.unplug()
            return
        if self._unsent:
            self._loop.add_writer(self._master, self._write)
        else:
            self._loop.remove_writer(self._master)
