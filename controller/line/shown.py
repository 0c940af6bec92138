"""What a person was shown, as a short word that the person's act carries back: an act on another picture than the present one
is refused.

One rule: the same function makes the word for the page and for the judgement, from the state alone and in the one thread that
changes it, so nothing can come between the comparison and what follows from the act. An empty word says that it was not told what
was shown: acts of the command line, and messages of a gate whose form has no place for it.
"""

import hashlib

import msgspec

from controller.line.state import Draft

STALE, LOOK = "changed_since", "look at it as it is now, then act again"
LETTERS = 16


def word_of(*facts: object) -> str:
    """The word for these facts: another word means that something a person decides by has changed."""
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:LETTERS]


def is_stale(draft: Draft, subject: str, shown: str, now: str, cause: str) -> bool:
    """Whether the act was about another picture; then it is refused, and `cause` says how things are now."""
    if shown in ("", now):
        return False
    draft.refuse(STALE, subject, cause, LOOK)
    return True
