"""Every declared carton is counted once, where its facts put it; what does not add up is said."""

from typing import Any

import msgspec
import pytest

from controller.daemon.list_accounts import print_lists
from controller.line.reconciliation import ListAccount, accounts
from controller.rehearsal.list_verdict import differences
from tests.line.line_story import CARRIER, Story, declared, s10

A, B, C, D = (s10(10000001 + n) for n in range(4))


def of(story: Story, number: str) -> ListAccount:
    return next(one for one in accounts(story.state) if one.list_key == f"{CARRIER}/{number}")


def counts(one: ListAccount) -> tuple[int, ...]:
    return (one.declared, one.released, one.held, one.detained, one.returned, one.missing, one.surplus)


def test_released_held_and_missing() -> None:
    story = Story()
    story.ready(A, B, C)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    story.pass_to_decision(2, B, weight_g=900)
    story.answer()
    story.divert(2, 1)
    assert counts(of(story, A)) == (1, 1, 0, 0, 0, 0, 0)
    assert counts(of(story, B)) == (1, 0, 1, 0, 0, 0, 0)
    assert counts(of(story, C)) == (1, 0, 0, 0, 0, 1, 0)
    assert all(one.adds_up for one in accounts(story.state))


@pytest.mark.parametrize(("word", "place"), [("501", 3), ("700", 4), ("500", 2)])
def test_a_later_word_of_customs_moves_what_is_here_and_not_what_is_missing(word: str, place: int) -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    for number in (A, B):
        story.receipt(number, word, "20261123120000000")
    assert counts(of(story, A))[place] == 1
    assert counts(of(story, B)) == (1, 0, 0, 0, 0, 1, 0)


def test_a_list_whose_notice_is_short_or_too_long() -> None:
    story = Story()
    story.manifest(declared(A, pack_no=3), declared(B, pack_no=1))
    story.load("L1", (C, A, 1, 3), (D, B, 1, 1), (s10(10000009), B, 2, 1))
    assert counts(of(story, A)) == (3, 0, 0, 0, 0, 3, 0)
    assert counts(of(story, B)) == (1, 0, 0, 0, 0, 2, 1)
    assert not of(story, B).adds_up


def test_the_command_says_it_and_its_exit_code_too(capsys: pytest.CaptureFixture[str]) -> None:
    story = Story()
    story.manifest(declared(A))
    assert print_lists(story.state, every=False, as_json=False) == 0
    assert "1 lists: declared 1 = released 0 + held 0 + detained 0 + returned 0 + missing 1" in capsys.readouterr().out
    story.load("L1", (C, A, 1, 2), (D, A, 2, 2))
    assert print_lists(story.state, every=True, as_json=True) == 1
    told = msgspec.json.decode(capsys.readouterr().out)
    assert (told["ok"], told["each"][0]["surplus"], told["each"][0]["status"]) == (False, 1, "")


TRUTH: dict[str, Any] = {"list_key": "K", "declared": 2, "released": 1, "held": 1, "detained": 0, "missing": 0, "nowhere": 0}


@pytest.mark.parametrize(
    ("told", "changes", "says"),
    [
        (ListAccount("K", "800", 2, 1, 1), {}, ""),
        (ListAccount("K", "800", 2, 2), {}, "released 2, truly 1"),
        (ListAccount("K", "800", 2, 1), {}, "is not released 1"),
        (ListAccount("K", "800", 2, 1, 1, surplus=1), {}, "too many"),
        (ListAccount("K", "800", 2, 1, 1), {"nowhere": 1}, "at rest nowhere"),
        (ListAccount("OTHER", "800", 0), {}, "does not know it"),
    ],
)
def test_the_two_counts_must_be_the_same(told: ListAccount, changes: dict[str, int], says: str) -> None:
    said = differences([told], [TRUTH | changes])
    assert bool(said) is bool(says)
    assert says in " ".join(said)
