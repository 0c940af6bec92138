"""The newest lines of the log in memory, for the integrator's page and the diagnostics bundle.

One rule: it keeps what the log says and nothing else; the log is the company's and knows nothing of customs' own. Bounded.
"""

import logging
from collections import deque
from datetime import UTC, datetime

LINES_KEPT = 2000
Entry = dict[str, object]


def entry_of(record: logging.LogRecord) -> Entry:
    """A line of the log as it is written."""
    utc = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    entry: Entry = {"utc": utc, "level": record.levelname.lower(), "from": record.name, "message": record.getMessage()}
    entry |= getattr(record, "because", {})
    if record.exc_info:
        entry["traceback"] = logging.Formatter().formatException(record.exc_info)
    return entry


class LogRing(logging.Handler):
    """Keeps the newest lines."""

    def __init__(self, kept: int = LINES_KEPT) -> None:
        super().__init__()
        self._lines: deque[Entry] = deque(maxlen=kept)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(entry_of(record))

    def newest(self, most: int, level: str = "", contains: str = "") -> list[Entry]:
        """Newest first; `level`: this one and worse."""
        least = logging.getLevelNamesMapping().get(level.upper(), logging.NOTSET)
        names = logging.getLevelNamesMapping()
        found: list[Entry] = []
        for line in reversed(tuple(self._lines)):  # at once: other threads write to the log meanwhile
            if names.get(str(line.get("level", "")).upper(), 0) < least or contains.lower() not in str(line).lower():
                continue
            found.append(line)
            if len(found) >= most:
                break
        return found


PROCESS_LOG = LogRing()
"""Of this process, once `run_daemon` has put it beside the stream that is written."""
