"""The one error of a serial line, and how the system's error numbers become it.

Rule: an unknown number is still a `PortLost` ("failed"), never an exception of another kind.
Source: open(2), termios(3), flock(2), tcp(7).
"""

import errno


class PortLost(Exception):  # noqa: N818 - it is a state of the line, not a mistake
    """The line cannot be opened or is gone; the owner closes it and tries again."""

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(f"{code}: {cause}; {next_step}")
        self.code = code
        self.cause = cause
        self.next_step = next_step

    def again(self) -> "PortLost":
        """A fresh copy: raising one exception object many times grows its traceback without end."""
        return PortLost(self.code, self.cause, self.next_step)


_PLUG = "check the cable, the adapter and the device's power"
_MEANING: dict[str, tuple[frozenset[int], str, str]] = {
    "missing": (frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO}), "no such device", _PLUG),
    "unplugged": (frozenset({errno.EIO}), "the device went away", _PLUG),
    "busy": (
        frozenset({errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK}),
        "another program has the port",
        "find it with fuser or lsof and stop it",
    ),
    "denied": (
        frozenset({errno.EACCES, errno.EPERM}),
        "no permission to open the port",
        "add the service user to the group of the device (dialout)",
    ),
    "refused": (
        frozenset({errno.ECONNREFUSED}),
        "nobody listens at that address",
        "check address and port of the terminal server",
    ),
    "unreachable": (
        frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT, errno.EHOSTDOWN}),
        "no answer from that address",
        "check the network cable and the terminal server's power",
    ),
    "closed_by_peer": (
        frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED}),
        "the other end closed the connection",
        "check that no other host uses the terminal server",
    ),
}


def loss_from(error: Exception, url: str) -> PortLost:
    """The system's error in words that a person at the line can act on."""
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, TimeoutError):
        number = errno.ETIMEDOUT
    for code, (numbers, cause, next_step) in _MEANING.items():
        if number in numbers:
            return PortLost(code, f"{url}: {cause}", next_step)
    return PortLost("failed", f"{url}: {error}", "check the device and the settings of the port")


def end_of_stream(url: str) -> PortLost:
    """A stream that ended without an error number."""
    _, cause, next_step = _MEANING["closed_by_peer"]
    return PortLost("closed_by_peer", f"{url}: {cause}", next_step)


def bad_setting(error: Exception, url: str) -> PortLost:
    """A port that the library refuses to set up as asked."""
    return PortLost("setting", f"{url}: {error}", "correct url, baud rate, data bits, parity and stop bits")
