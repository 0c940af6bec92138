"""When a rehearsal collects garbage: before a run and at set line times, for the same course in every process.

One rule: no step of a run may hang on how many objects a process happens to have made.
"""

import asyncio
import contextlib
import gc
from collections.abc import Iterator
from functools import cache

COLLECT_EVERY_S = 60.0
# Of a process: whether it was done could be asked only by counting everything that is frozen.
_freeze_once = cache(gc.freeze)


@contextlib.contextmanager
def garbage_kept() -> Iterator[None]:
    """Garbage is collected before a run and at set line times, never when a process happens to have made so many objects.

    What a dead machine left behind (a stream that nobody holds any more) is closed by its collection, and that is a step
    of the loop: the same seed would take another course in another process. What the first one finds there is never looked at.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    gc.collect()  # what the seed before has left: it is nobody's only now
    _freeze_once()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


async def collect() -> None:
    """At set line times, for ever."""
    while True:
        await asyncio.sleep(COLLECT_EVERY_S)
        gc.collect()
