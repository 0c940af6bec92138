"""A file counts whole or not at all: parts before their closing event are nothing, and a count that differs voids all of it."""

import pytest

from controller.domain.declarations import NoticedCarton
from controller.line.events import LoadArrived, ManifestClosed, ManifestList, NoticeCartons, NoticeClosed, UnloadingStarted
from tests.line.line_story import CARRIER, FILE, Story, declared, s10

A, B = s10(10000001), s10(10000002)


def notice_part(index: int, *numbers: str) -> NoticeCartons:
    return NoticeCartons("n1", index, tuple(NoticedCarton(n, CARRIER, n, 1, 1) for n in numbers))


def notice_closed(parts: int, count: int) -> NoticeClosed:
    return NoticeClosed("n1", parts, count, "L1", "渝A1", "", ("S1",), "", FILE)


def test_a_list_before_its_closing_event_is_no_declaration() -> None:
    story = Story()
    story.feed(ManifestList("m1", 0, declared(A)))
    story.receipt(A, "800")
    story.load("L1", (A, A, 1, 1))
    story.pass_to_decision(1, A)
    assert "not_declared" in story.codes(1)
    assert story.last(1).lane != "release"


@pytest.mark.parametrize("count", [1, 3])
def test_a_manifest_whose_count_differs_counts_for_nothing_and_may_come_again(count: int) -> None:
    story = Story()
    story.feed(ManifestList("m1", 0, declared(A)))
    story.feed(ManifestList("m1", 1, declared(B)))
    (refusal,) = story.feed(ManifestClosed("m1", count, 0, FILE)).refusals
    assert refusal.code == "manifest_incomplete"
    assert not story.state.lists
    assert not story.state.batches
    story.manifest(declared(A), declared(B))
    assert len(story.state.lists) == 2


def test_an_import_that_was_cut_off_goes_on_where_it_was_and_counts_once() -> None:
    story = Story()
    story.feed(ManifestList("m1", 0, declared(A)))
    story.manifest(declared(A), declared(B))  # the importer begins again after a crash, under the same batch
    assert len(story.state.lists) == 2
    assert not any(outcome.refusals for outcome in story.outcomes)


def test_a_part_that_is_left_out_voids_the_manifest() -> None:
    story = Story()
    story.feed(ManifestList("m1", 1, declared(B)))
    (refusal,) = story.feed(ManifestClosed("m1", 1, 0, FILE)).refusals
    assert refusal.code == "manifest_incomplete"
    assert not story.state.lists


@pytest.mark.parametrize(("parts", "count"), [(1, 2), (2, 1), (2, 3), (3, 2)])
def test_a_notice_whose_counts_differ_holds_the_load_as_if_it_had_none(parts: int, count: int) -> None:
    story = Story()
    story.manifest(declared(A))
    story.receipt(A, "800")
    story.feed(notice_part(0, A))
    story.feed(notice_part(1, B))
    (refusal,) = story.feed(notice_closed(parts, count)).refusals
    assert refusal.code == "notice_incomplete"
    story.feed(LoadArrived("L1", "渝A1"))
    story.check_seal("L1", "S1")
    story.feed(UnloadingStarted("L1"))
    story.pass_to_decision(1, A)
    assert "load_notice_missing" in story.codes(1)


def test_a_notice_in_parts_counts_when_its_counts_agree() -> None:
    story = Story()
    story.feed(notice_part(0, A))
    story.feed(notice_part(1, B))
    assert not story.feed(notice_closed(2, 2)).refusals
    assert story.state.loads["L1"].count == 2
