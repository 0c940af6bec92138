"""Questions to the journal, answered without the daemon: it may be running, dead, or on another machine.

One rule: state comes from the last checkpoint and the rows after it, through the code that decided.
"""

import re
from pathlib import Path
from types import TracebackType

from controller.daemon.recovery import Recovered, recover
from controller.daemon.service import paths_of
from controller.line.commands import Outcome, decode_outcome
from controller.line.departure_state import number_of
from controller.line.event_base import EvidenceNamed
from controller.line.events import Stamped, decode_event
from controller.line.inspection_events import ImageTaken
from controller.line.state import LineState
from controller.records.errors import RecordsError
from controller.records.evidence import EvidenceStore
from controller.records.journal_file import Reader, open_reader
from controller.settings.model import Settings


class JournalQuestions:
    """Open for one command. Never writes."""

    def __init__(self, settings: Settings) -> None:
        paths = paths_of(settings)
        path = paths.journal
        self._evidence = EvidenceStore(paths.evidence)
        if not path.exists():
            raise RecordsError(
                "no_journal", f"there is no journal at {path}",
                "give the configuration or --data of the line that you ask about",
            )  # fmt: skip
        self._reader: Reader = open_reader(path)
        self._recovered: Recovered | None = None

    def __enter__(self) -> "JournalQuestions":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._reader.close()

    @property
    def state(self) -> LineState:
        if self._recovered is None:
            self._recovered = recover(self._reader)
        return self._recovered.state

    def story(self, subjects: tuple[str, ...]) -> list[tuple[int, Stamped, Outcome]]:
        """Every row that touched one of these subjects (carton:..., passage:..., list:..., load:...)."""
        wanted = frozenset(subjects)
        rows = (row for row in self._reader.rows(1) if not wanted.isdisjoint(row.touched))
        return [(row.seq, decode_event(row.event), decode_outcome(row.outcome)) for row in rows]

    def evidence_path(self, named: EvidenceNamed) -> Path:
        """Where a file of evidence lies."""
        return self._evidence.path(named.sha256)

    def image_names(self) -> dict[str, str]:
        """What the X-ray machine called its images, by their hashes: the story tells of them by hash alone."""
        taken = [decode_event(row.event).event for row in self._reader.rows(1) if row.kind == ImageTaken.__name__]
        pictures = [picture for one in taken if isinstance(one, ImageTaken) for picture in (one.low, one.high)]
        return {picture.sha256: f"X-ray {picture.name}" for picture in pictures}

    def subjects_of(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """A carton with all its passages, its list, and the container it left in or stands in."""
        subjects: dict[str, None] = {}
        for key in keys:
            carton = self.state.cartons[key]
            subjects[f"carton:{key}"] = None
            subjects[f"list:{carton.list_key}"] = None
            if carton.container:
                subjects[f"container:{number_of(carton.container)}"] = None
            if carton.load_id or carton.noticed_load:
                subjects[f"load:{carton.load_id or carton.noticed_load}"] = None
            for passage in self.state.passages.values():
                again = self.state.passages.get(passage.rerun_as)
                if passage.carton == key or (again is not None and again.carton == key):
                    subjects[f"passage:{passage.key}"] = None
        return tuple(subjects)


def is_track(text: str) -> bool:
    return re.fullmatch(r"\d+:\d+", text) is not None
