"""END, PART: the daemon and its tasks end as they should, are killed, or fail on what was planted; nothing falls over by itself.

One rule: a supervisor that starts a task again keeps the line going, and hides a mistake; here it is told.
"""

from collections.abc import Iterable, Sequence

from controller.daemon.supervision import FatalEnd
from controller.domain.device_codes import SESSION_LOST
from controller.records.errors import RecordsError
from simulators.oracle import Breach
from simulators.oracle.journal_story import Row

# What `Host` plants in a task: a library that fails in a way of its own.
PLANTED = "the serial library has a fault of its own"


def planned(fatal: BaseException | None) -> bool:
    """Whether the daemon is meant to end by this: asked to, a journal that is dead or refused, another session on its PLC."""
    return fatal is None or isinstance(fatal, RecordsError) or (isinstance(fatal, FatalEnd) and fatal.code == SESSION_LOST)


def check_ends(unplanned: Iterable[str], failed_parts: Iterable[str], rows: Sequence[Row]) -> list[Breach]:
    """`unplanned`: ends of the daemon that are not `planned`; `failed_parts`: listeners that failed on an outcome (PART)."""
    found = [Breach("END", "", f"the daemon ended by what nobody planned: {what}") for what in unplanned]
    found += [Breach("PART", "", f"a part failed on what the core told it: {what}") for what in failed_parts]
    for row in rows:
        if row.type == "TaskEnded":
            task, error = row.event.get("task"), row.event.get("error")
        elif row.type == "DeviceDown" and row.event.get("code") == "service_down":
            task, error = row.event.get("device"), row.event.get("cause")
        else:
            continue
        if error != f"RuntimeError: {PLANTED}":
            found.append(Breach("END", "", f"row {row.seq}: the task {task} ended by what nobody planted: {error}"))
    return found
