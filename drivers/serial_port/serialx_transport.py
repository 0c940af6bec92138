"""The default transport: serialx for devices, ptys and rfc2217://, plain asyncio for socket://host:port.

Rule: a terminal server that lost its power is noticed although it never says goodbye: sockets carry TCP
keep-alive (which serialx has no setting for, hence asyncio). Source: serialx 1.15, tcp(7).
"""

import asyncio
import socket
from urllib.parse import urlsplit

import serialx

from drivers.serial_port.losses import PortLost, bad_setting, loss_from
from drivers.serial_port.ports import Port, PortSettings, Tap

# A dead peer is given up after 2 s of silence and 3 unanswered probes; an unacknowledged write after 3 s.
_KEEP_ALIVE = (("TCP_KEEPIDLE", 2), ("TCP_KEEPINTVL", 1), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 3000))


class SerialxTransport:
    """Opens every kind of line that a site file may name."""

    def __init__(self, tap: Tap | None = None) -> None:
        self._tap = tap

    async def open(self, settings: PortSettings) -> Port:
        port = Port(settings.url, self._tap)
        try:
            async with asyncio.timeout(settings.connect_timeout_ms / 1000):
                if settings.url.startswith("socket://"):
                    await _connect_socket(port, settings)
                else:
                    await _connect_device(port, settings)
        except OSError as error:  # TimeoutError is one of them
            raise loss_from(error, settings.url) from error
        except (serialx.SerialException, ValueError) as error:
            raise bad_setting(error, settings.url) from error
        return port


async def _connect_device(port: Port, settings: PortSettings) -> None:
    await serialx.create_serial_connection(
        asyncio.get_running_loop(),
        lambda: port,
        settings.url,
        baudrate=settings.baud,
        byte_size=settings.data_bits,
        parity=serialx.Parity[settings.parity.name],
        stopbits=serialx.StopBits(settings.stop_bits),
        exclusive=True,
    )


async def _connect_socket(port: Port, settings: PortSettings) -> None:
    address = urlsplit(settings.url)
    if address.hostname is None or address.port is None:
        raise ValueError("a socket needs a host and a port, as in socket://192.0.2.7:4001")
    transport, _ = await asyncio.get_running_loop().create_connection(lambda: port, address.hostname, address.port)
    sock = transport.get_extra_info("socket")
    if sock is None:  # an in-memory network has none
        return
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEP_ALIVE:
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    except OSError as error:  # the peer may be gone again already
        port.fail(PortLost("closed_by_peer", f"{settings.url}: {error}", "check the terminal server"))
