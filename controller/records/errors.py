"""What the records room says when it refuses.

Rule: every refusal carries a code for programs, a cause for people and the next step. A bare `False` or a
foreign exception never leaves this room.
"""

from __future__ import annotations


class RecordsError(Exception):
    """The root of all refusals of this room."""

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(f"{code}: {cause}; {next_step}")
        self.code = code
        self.cause = cause
        self.next_step = next_step


class RowRefused(RecordsError):  # noqa: N818 (said as it is said in the log)
    """A row that may not be appended. Nothing was written and the journal stays usable."""


class JournalRefused(RecordsError):  # noqa: N818 (said as it is said in the log)
    """The journal could not be opened as the one, whole, durable journal that it must be."""


class JournalBusy(JournalRefused):
    """Another process owns the journal."""


class JournalDead(RecordsError):  # noqa: N818 (said as it is said in the log)
    """The journal failed or was closed and takes nothing more: whoever decides must stop deciding.

    Whether the rows of the failed call are on the disk is unknown; the next open tells.
    """


class JournalBacklog(RecordsError):  # noqa: N818 (said as it is said in the log)
    """The writer's queue is full. Nothing of this call was taken."""


class EvidenceError(RecordsError):
    """Evidence that could not be stored, is missing, or is not what its reference says."""


class FollowerError(RecordsError):
    """The records cannot follow this journal."""
