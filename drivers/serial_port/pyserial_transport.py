"""The second transport: pyserial sets the line up, the event loop reads and writes its descriptor.

Rule: never a blocking call on the loop: opening and closing run in a worker thread, the descriptor is
non-blocking. For local devices and ptys only; a network line needs the default transport. Source: pyserial
3.5, termios(3).
"""

import asyncio
import errno
import os
import termios

import serial

from drivers.serial_port.losses import PortLost, bad_setting, loss_from
from drivers.serial_port.ports import Port, PortSettings, Tap

_PARITY = {"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}
_UNSENT_LIMIT_BYTES = 4096  # commands are some bytes long; more than this means that the device takes none


class PyserialTransport:
    """Opens local serial devices with an exclusive lock."""

    def __init__(self, tap: Tap | None = None) -> None:
        self._tap = tap

    async def open(self, settings: PortSettings) -> Port:
        if "://" in settings.url:
            raise PortLost("setting", f"{settings.url}: pyserial opens local devices", 'set transport = "serialx"')
        port = Port(settings.url, self._tap)
        loop = asyncio.get_running_loop()
        opening = loop.run_in_executor(None, _open_device, settings)
        try:
            descriptor = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_late)
            raise
        except ValueError as error:
            raise bad_setting(error, settings.url) from error
        except (OSError, termios.error) as error:
            raise loss_from(_as_os_error(error), settings.url) from error
        _DescriptorSink(descriptor, port, loop)
        return port


def _open_device(settings: PortSettings) -> int:
    """A descriptor of our own, locked and set up. pyserial's object is closed here and now: left to the
    garbage collector it could close the number a second time, when it is already another file's.
    """
    with serial.Serial(
        settings.url,
        baudrate=settings.baud,
        bytesize=settings.data_bits,
        parity=_PARITY[settings.parity.value],
        stopbits=settings.stop_bits,
        timeout=0,
        exclusive=True,
    ) as device:
        descriptor = os.dup(device.fileno())  # the lock belongs to the open file, so it stays
    try:
        # pyserial sets VMIN 0, where "nothing yet" and "hung up" both read as b""; with 1 only a hang-up does
        attributes = termios.tcgetattr(descriptor)
        attributes[6][termios.VMIN] = 1
        termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
        os.set_blocking(descriptor, False)
    except (OSError, termios.error):
        os.close(descriptor)
        raise
    return descriptor


def _as_os_error(error: Exception) -> OSError:
    """termios.error is no OSError but has its arguments; pyserial wraps some numbers into plain text."""
    if isinstance(error, OSError):
        return error
    return OSError(*error.args)


def _close_late(opening: "asyncio.Future[int]") -> None:
    """The open that finished after its caller was cancelled must not keep the port locked."""
    if not opening.cancelled() and opening.exception() is None:
        os.close(opening.result())


class _DescriptorSink:
    """Joins one descriptor to the loop and to its port."""

    def __init__(self, descriptor: int, port: Port, loop: asyncio.AbstractEventLoop) -> None:
        self._descriptor = descriptor
        self._port = port
        self._loop = loop
        self._unsent = bytearray()
        self._open = True
        port.attach(self)
        loop.add_reader(self._descriptor, self._read_ready)

    def write(self, data: bytes) -> None:
        if not self._open:
            return
        if not self._unsent:
            self._loop.add_writer(self._descriptor, self._write_ready)
        self._unsent += data
        if len(self._unsent) > _UNSENT_LIMIT_BYTES:
            self._port.pause_writing()

    def abort(self) -> None:
        self._end(None)

    def _read_ready(self) -> None:
        try:
            data = os.read(self._descriptor, 4096)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error)
            return
        if data:
            self._port.data_received(data)
        else:  # a terminal has no end of stream: with VMIN 1 nothing at all means that it was hung up
            self._end(OSError(errno.EIO, "hung up"))

    def _write_ready(self) -> None:
        try:
            sent = os.write(self._descriptor, self._unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error)
            return
        del self._unsent[:sent]
        if not self._unsent:
            self._loop.remove_writer(self._descriptor)
            self._port.resume_writing()

    def _end(self, error: OSError | None) -> None:
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._descriptor)
        self._loop.remove_writer(self._descriptor)
        closing = self._loop.run_in_executor(None, _close_device, self._descriptor)
        closing.add_done_callback(lambda _: self._port.connection_lost(error))


def _close_device(descriptor: int) -> None:
    """Exactly once for each descriptor."""
    try:
        termios.tcflush(descriptor, termios.TCOFLUSH)  # close() would wait for bytes that nobody takes
    except termios.error:
        pass  # an unplugged device cannot be flushed
    finally:
        os.close(descriptor)
