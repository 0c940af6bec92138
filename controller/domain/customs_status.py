"""What the status words of a CEB604 receipt mean for the line.

One rule: a word that is not listed here means hold. Source: GACC unified interface specification 2022 (CEB604
returnStatus; the 5xx and 700 words from the import twin CEB622, not listed for export and therefore never a release).
"""

from enum import StrEnum


class StatusMeaning(StrEnum):
    """The line's reading of one status word."""

    NO_DECISION = "no_decision"
    PENDING = "pending"
    REJECTED = "rejected"
    INSPECTION = "inspection"
    DETAINED = "detained"
    RETURNED = "returned"
    RELEASED = "released"
    UNKNOWN = "unknown"


_MEANINGS: dict[str, StatusMeaning] = {
    **dict.fromkeys(("1", "2", "3", "120", "300", "399", "400", "600"), StatusMeaning.PENDING),
    **dict.fromkeys(("4", "100"), StatusMeaning.REJECTED),
    "500": StatusMeaning.INSPECTION,
    **dict.fromkeys(("501", "502", "503", "599"), StatusMeaning.DETAINED),
    "700": StatusMeaning.RETURNED,
}

BLOCKER_OF: dict[StatusMeaning, str] = {
    StatusMeaning.PENDING: "customs_not_released",
    StatusMeaning.REJECTED: "customs_rejected",
    StatusMeaning.INSPECTION: "customs_inspection",
    StatusMeaning.DETAINED: "customs_detained",
    StatusMeaning.RETURNED: "customs_returned",
    StatusMeaning.UNKNOWN: "customs_status_unknown",
}


def meaning_of(word: str, released_words: tuple[str, ...]) -> StatusMeaning:
    """The meaning of a status word; only words of `released_words` (configuration: 800, 899) release.

    A negative word is a processing error and no decision: it leaves the state as it was.
    """
    if word in released_words and _MEANINGS.get(word) is None:
        return StatusMeaning.RELEASED
    if len(word) > 1 and word[0] == "-" and word[1:].isdecimal():
        return StatusMeaning.NO_DECISION
    return _MEANINGS.get(word, StatusMeaning.UNKNOWN)
