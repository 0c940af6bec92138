"""Which transport a site file's `transport = "..."` means.

Rule: the names are few and known; the libraries are loaded only when chosen.
"""

from drivers.serial_port.ports import SerialTransport, Tap

TRANSPORT_NAMES = ("serialx", "pyserial")


def transport_named(name: str, tap: Tap | None = None) -> SerialTransport:
    """The transport of that name; `ValueError` names the known ones."""
    if name == "serialx":
        from drivers.serial_port.serialx_transport import SerialxTransport  # noqa: PLC0415

        return SerialxTransport(tap)
    if name == "pyserial":
        from drivers.serial_port.pyserial_transport import PyserialTransport  # noqa: PLC0415

        return PyserialTransport(tap)
    raise ValueError(f"unknown serial transport {name!r}; known: {', '.join(TRANSPORT_NAMES)}")
