"""What is signed has every row of its carton that the journal had when it was asked for, or is not made; it says up to which."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from controller.line.explain import View
from controller.records import story_process, verify_export
from controller.records.all_tables import line_follower
from controller.records.carton_export import Asked
from controller.records.errors import RecordsError
from controller.records.evidence import EvidenceStore
from controller.records.site_keys import make_key
from controller.records.story_process import Export, make
from controller.records.tables import open_records
from controller.records.unwritten import UNWRITTEN
from controller.records.verify_export import MANIFEST, SIGNATURE, Fault, pack, proven, unpack
from tests.console.story_bench import CARTON, a_day, anchors_of, journaled
from tests.records.test_carton_export import KEY, Site


class Lagging:
    """A line whose records stand where `steps` batches of five rows have brought them."""

    def __init__(self, home: Path, steps: int) -> None:
        self.journal = journaled(a_day(EvidenceStore(home / "evidence")), home)
        self.engine = open_records(home / "records.sqlite")
        self.follower = line_follower(self.journal, self.engine)
        self.follower._batch_rows = 5
        for _ in range(steps):
            assert self.follower.step() == 5
        self.key = make_key(home / "site.key")
        self.wanted = Export(
            str(self.journal), str(anchors_of(self.journal)), str(home / "evidence"), f"sqlite:///{home / 'records.sqlite'}",
            str(home / "site.key"), CARTON, Asked(View.CUSTOMS, "s", "l", "x", "2026"),
        )  # fmt: skip

    def close(self) -> None:
        self.follower.close()
        self.engine.dispose()


def refusal(wanted: Export) -> str:
    with pytest.raises(RecordsError) as refused:
        make(wanted, rest=lambda _: None)
    return refused.value.code


def test_nothing_is_signed_while_the_records_lack_the_newest_rows(tmp_path: Path) -> None:
    with closing(Lagging(tmp_path, 5)) as line:
        assert refusal(line.wanted) == "records_behind"
        last = line.follower.catch_up()
        found = proven(make(line.wanted), line.key.public)
        assert (found.upto, found.journal_rows) == (last, last)
        assert f"up to row {last}" in verify_export.told(found)


def test_an_export_waits_for_records_that_are_on_their_way(tmp_path: Path) -> None:
    with closing(Lagging(tmp_path, 5)) as line:
        slept: list[float] = []

        def follows_meanwhile(for_s: float) -> None:
            slept.append(for_s)
            line.follower.step()

        found = proven(make(line.wanted, rest=follows_meanwhile), line.key.public)
        assert found.upto == found.journal_rows == line.follower.position()
        assert len(slept) > 3


def test_nothing_is_signed_that_has_more_rows_than_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story_process, "EXPORT_ROWS_MOST", 6)
    with closing(Lagging(tmp_path, 0)) as line:
        line.follower.catch_up()
        assert refusal(line.wanted) == "story_too_long"


def test_nothing_is_signed_that_may_lack_a_row_which_the_records_could_not_take(tmp_path: Path) -> None:
    with closing(Lagging(tmp_path, 0)) as line:
        line.follower.catch_up()
        row = {"journal_seq": 7, "part": "recheck_tables", "kind": "k", "error": "ValueError", "cause": ""}
        with line.engine.begin() as connection:
            connection.execute(UNWRITTEN.insert(), row)
        assert proven(make(line.wanted), line.key.public).rows, "of which rows concern it nothing is missing"
        with line.engine.begin() as connection:
            connection.execute(UNWRITTEN.insert(), row | {"part": "follower"})
        assert refusal(line.wanted) == "records_lack_rows"


def test_rows_behind_those_that_it_says_it_has_are_a_fault_and_one_that_says_nothing_is_told_so(tmp_path: Path) -> None:
    with closing(Site(tmp_path)) as site:
        members = unpack(site.export(View.CUSTOMS))
    manifest = json.loads(members[MANIFEST])

    def saying(**journal: object) -> bytes:
        kept = {name: value for name, value in manifest["journal"].items() if name != "upto"}
        changed = json.dumps({**manifest, "journal": {**kept, **journal}}).encode()
        signature = KEY.sign(verify_export.SIGNED_PREFIX + changed).hex().encode() + b"\n"
        return pack({**members, MANIFEST: changed, SIGNATURE: signature})

    last = manifest["rows"][-1][0]
    assert proven(saying(upto=last), KEY.public).upto == last
    for wrong in (last - 1, manifest["journal"]["rows"] + 1, -1, "all"):
        with pytest.raises(Fault) as found:
            proven(saying(upto=wrong), KEY.public)
        assert found.value.file == MANIFEST
    older = proven(saying(), KEY.public)
    assert older.upto is None
    assert "may be missing" in verify_export.told(older)
