"""The words of the service for the screens: what a code means and what to do about it, in both languages.

One rule: the company is not told what customs' own reasons are called, not even as words of a code it will never see.
"""

from controller.console.interlocks import CONDITIONS
from controller.console.refusals import WORDS
from controller.domain.alarms import ALARMS
from controller.domain.device_codes import DEVICE_CODES, OF_THE_ANALYSER
from controller.domain.reasons import CATALOGUE
from controller.domain.refusals import REFUSALS
from controller.line.explain import View

Row = tuple[str, str, str, str]


def words(view: View) -> dict[str, Row]:
    """By code: cause in Chinese and English, next step in Chinese and English."""
    found: dict[str, Row] = {code: (word.zh, word.en, word.next_zh, word.next_en) for code, word in WORDS.items()}
    found |= {one.code: (one.zh, one.en, one.next_zh, one.next_en) for one in CONDITIONS}
    for code, reason in CATALOGUE.items():
        if view is View.CUSTOMS or not reason.customs_only:
            found[code] = (reason.zh, reason.en, reason.next_zh, reason.next_en)
    for code, refused in REFUSALS.items():
        if view is View.CUSTOMS or not refused.customs_only:
            found.setdefault(code, (refused.zh, refused.en, refused.next_zh, refused.next_en))
    for code, kind in ALARMS.items():
        if view is View.CUSTOMS or not kind.customs_only:
            found.setdefault(code, (kind.zh, kind.en, kind.next_zh, kind.next_en))
    for code, failed in DEVICE_CODES.items():
        if view is View.CUSTOMS or code not in OF_THE_ANALYSER:
            found.setdefault(code, (failed.zh, failed.en, failed.next_zh, failed.next_en))
    found["customs_check"] = ("海关查看", "customs looks at it", "交海关处理", "bring it to customs")
    return found
