"""A carton's day in a journal and its records, as the daemon leaves them: for what tells, proves and shows one carton's story."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from controller.domain.reasons import Role
from controller.line.commands import encode_outcome
from controller.line.event_base import EvidenceNamed
from controller.line.events import HoldLifted, HoldPlaced, encode_event
from controller.line.inspection_events import ImageFinding
from controller.line.seal_events import SealSeen
from controller.records.all_tables import line_follower
from controller.records.anchors import ANCHORS_NAME
from controller.records.evidence import EvidenceStore
from controller.records.journal import Journal
from controller.records.rows import NewRow
from controller.records.site_keys import make_key
from controller.records.tables import open_records
from tests.console.bench import Bench, work_here
from tests.line.line_story import declared, s10
from tests.line.xray_story import XrayStory

A, B = s10(10000001), s10(10000002)
CARTON = f"EMS001/{A}"
METAL = ImageFinding("metal_high", "41 % of the mass is metal, 20 % may be by what is declared")


def a_day(evidence: EvidenceStore | None = None, pictures: tuple[EvidenceNamed, EvidenceNamed] | None = None,
          **changes: Any) -> XrayStory:  # fmt: skip
    """Two cartons of one load. The first: an officer has it opened, the company holds it for a while. The second is released.

    `changes` are of the first one's list.
    """
    story = XrayStory()
    story.manifest(declared(A, invt_no="480020260001234567", **changes), declared(B))
    for number in (A, B):
        story.receipt(number, "800")
    story.load("L1", (A, A, 1, 1), (B, B, 1, 1))
    seal = _kept(evidence, b"\x89PNG seal of load L1", "seal-1.png")
    story.feed(SealSeen("w1", "L1", "dock", "intact", ("S1",), True, (seal,), "", story.now_ms), actor="dock")
    story.before_tunnel(1, A)
    low, high = pictures or (_kept(evidence, b"low picture", "a-low.png"), _kept(evidence, b"high picture", "a-high.png"))
    story.through(1, low=low, high=high)
    story.analysed(1, METAL)
    story.verdict(1, "open", by="zhang")
    story.after_tunnel(1, A)
    story.feed(HoldPlaced("H1", "carton", CARTON, "company_hold", "label torn"), role=Role.OPERATOR, actor="li")
    story.feed(HoldLifted("H1", "label mended"), role=Role.SHIFT_LEAD, actor="ban")
    story.whole_way(2, B)
    return story


def _kept(evidence: EvidenceStore | None, data: bytes, name: str) -> EvidenceNamed:
    if evidence is None:
        return EvidenceNamed("ab" * 32, len(data), name)
    reference = evidence.put(data, "image/png")
    return EvidenceNamed(reference.sha256, reference.size, name)


def journaled(story: XrayStory, home: Path) -> Path:
    """The story as a journal of its own, closed and anchored."""
    path = home / "journal.sqlite"
    journal = Journal.open(path, anchors_dir=home)
    for stamped, outcome in zip(story.stamped, story.outcomes, strict=True):
        journal.append([NewRow(stamped.line_ms, stamped.utc, type(stamped.event).__name__, encode_event(stamped),
                               encode_outcome(outcome), outcome.touched)])  # fmt: skip
    journal.close()
    return path


def recorded(journal: Path, home: Path) -> sa.Engine:
    """The records of that journal, whole."""
    engine = open_records(home / "records.sqlite")
    follower = line_follower(journal, engine)
    follower.catch_up()
    follower.close()
    return engine


def anchors_of(journal: Path) -> Path:
    return journal.with_name(ANCHORS_NAME)


def told_at(on: Bench, story: XrayStory) -> None:
    """The console's story page tells of this day; its key is there."""
    home = on.home / "told"
    home.mkdir()
    journal = journaled(story, home)
    make_key(home / "site.key")
    on.story.close()
    on.story._records = recorded(journal, home)
    on.story._journal = journal
    (home / "evidence").symlink_to(on.evidence.root)
    on.story.work = work_here(home, journal)
