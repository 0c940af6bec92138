"""The dates that customs and declarants give their words 回执时间: Beijing time as digits, by which words are put in order.

One rule: a date that can not be yet orders nothing, else one wrong word would make every later one an old one. What is dated
further ahead than `customs_ahead_limit_s` holds its list until customs has looked. No single clock is believed: not this
machine's, which may have leapt or stood wrong at its last start, and not that of the newest word.
"""

from controller.domain.declarations import Receipt
from controller.domain.instants import HOUR_MS, of_digits, of_utc, to_digits
from controller.line.contradictions import hold_contradictions
from controller.line.state import Draft

DATED_AHEAD = "customs_dated_ahead"
BEIJING_MS = 8 * HOUR_MS  # no zone is given; China knows no summer time
WORDS_KEPT = 16


def is_ahead(draft: Draft, time: str) -> bool:
    """Whether a date is further ahead than the limit of all clocks that may be right; what is no date is, too."""
    at_ms, profile = of_digits(time), draft.facts.profile
    if at_ms is None:
        return True
    clocks, newest_ms = _own_clocks(draft), of_digits(draft.facts.customs_newest)
    if newest_ms is not None:
        clocks.append(newest_ms)
    if not clocks or profile is None:
        return False
    return at_ms - max(clocks) > profile.customs_ahead_limit_s * 1000


def not_ahead(draft: Draft, time: str) -> str:
    """A date for putting words in order: itself, or what this machine thinks it is by now if it is ahead of that."""
    if not is_ahead(draft, time):
        return time
    return max((to_digits(at_ms) for at_ms in _own_clocks(draft)), default="")


def tell_ahead(draft: Draft, subject: str, time: str) -> None:
    draft.alarm(DATED_AHEAD, subject, f"a word of customs is dated {time}, ahead of this machine's clock")


def hold_dated_ahead(draft: Draft, list_key: str, receipt: Receipt) -> tuple[str, ...]:
    """Hold its list, once for each word: one that customs has lifted the hold of is nothing new. Gives the words that were told.

    The cause says nothing of what the word was: the company may read it.
    """
    known, word = draft.lists[list_key].dated_ahead, f"{receipt.return_status}@{receipt.return_time}"
    if word in known:
        return known
    cause = f"a word of customs is dated {receipt.return_time}, ahead of this machine's clock"
    hold_contradictions(draft, [("list", list_key, DATED_AHEAD, cause)])
    return (*known, word)[-WORDS_KEPT:]


def _own_clocks(draft: Draft) -> list[int]:
    """Beijing time by the wall clock now, and by the one of the last start and the line time since: one may have leapt."""
    started_utc, started_ms = draft.facts.clock_at_start
    told = ((draft.utc, 0), (started_utc, draft.now_ms - started_ms))
    return [utc_ms + BEIJING_MS + since_ms for text, since_ms in told if (utc_ms := of_utc(text)) is not None]
