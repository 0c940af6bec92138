"""A dry run of proposed settings over a recorded window, by another process, one at a time.

One rule: it says what it knows. Rules that judge a carton from facts that are recorded either way are run; of settings that touch
no carton it is known that none is treated otherwise; of everything else it says `not predicted`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from controller.console.refusals import Refused
from controller.console.statistics_desk import Row, Statistics, utc_of
from controller.console.story_work import in_process
from controller.daemon.core_loop import CoreLoop
from controller.line.config_dry_run import Judgement
from controller.records.statistics.tables import DIVERTED
from controller.records.story_process import DryRun
from controller.settings.signing import NEVER_CARTONS, PREDICTED

SHOWN = 200
Work = Callable[[DryRun], Awaitable[tuple[dict[str, Any], bytes]]]


class ConfigRuns:
    def __init__(self, core: CoreLoop, journal: Path, statistics: Statistics, work: Work = in_process) -> None:
        self._core = core
        self._journal = journal
        self._statistics = statistics
        self.work = work
        self._alone = asyncio.Lock()

    async def run(self, from_ms: int, to_ms: int) -> Row:
        """What the proposal that waits would have done."""
        waiting = self._core.state.facts.config.waiting
        if waiting is None:
            raise Refused("not_found", cause="no settings wait to be signed")
        changed = {one.key: one for one in waiting.changes}
        run = sorted(key for key in changed if key in PREDICTED)
        never = sorted(key for key, one in changed.items() if key not in PREDICTED and one.touches in NEVER_CARTONS)
        not_predicted = sorted(set(changed) - set(run) - set(never))
        told: Row = {"sha256": waiting.sha256, "run": run, "never": never, "not_predicted": not_predicted,
                     "from": utc_of(from_ms), "to": utc_of(to_ms)}  # fmt: skip
        if not run:
            return told | {"cartons": None, "n_differ": None, "differ": [], "unsure": None}
        judgement = Judgement(**{key.partition(".")[2]: msgspec.json.decode(changed[key].after) for key in run})
        if self._alone.locked():
            raise Refused("busy")
        async with self._alone:
            first, last, cut_ms = await self._statistics.with_tables(lambda at: self._rows(at, from_ms, to_ms))
            answer, _ = await self.work(DryRun(str(self._journal), first, last, judgement))
        if not answer["ok"]:
            raise Refused("dry_run_failed", cause=str(answer["cause"]))
        return told | {
            "cut_off": {"seq": last, "utc": utc_of(cut_ms)}, "cartons": answer["cartons"], "n_differ": len(answer["differ"]),
            "differ": answer["differ"][:SHOWN], "unsure": answer["unsure"],
        }  # fmt: skip

    def _rows(self, connection: sa.Connection, from_ms: int, to_ms: int) -> tuple[int, int, int]:
        """The rows whose decisions count: behind the last carton before the window, up to the last one of it."""
        window, seq = self._statistics.window(connection, from_ms, to_ms)
        newest = sa.select(sa.func.max(DIVERTED.c.seq))
        before = connection.execute(newest.where(DIVERTED.c.utc_ms < from_ms)).scalar() or 0
        last = connection.execute(newest.where(DIVERTED.c.utc_ms < to_ms)).scalar() or 0
        return before + 1, min(last, seq), window.cut_ms
