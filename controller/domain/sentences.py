"""Sentences of the record in the reader's language: a sentence is one of a catalogue with what was filled in.

The core writes a sentence in English, once, where it decides: the journal keeps it and a replay compares it byte for byte. A
screen reads it back here: which sentence of the catalogue it is and what stands in its places, and says that in Chinese. So words
can be mended afterwards and old rows are told in them too.

One rule: what is in no sentence of the catalogue is given back as it is (a person typed it, or a device said it), never guessed.
A test walks over every sentence that the core can build.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

import msgspec

from controller.domain.alarms import ALARMS
from controller.domain.device_codes import DEVICE_CODES
from controller.domain.reasons import CATALOGUE, NEUTRAL
from controller.domain.refusals import REFUSALS
from controller.domain.sentence_words import ROLES, WORDS
from controller.domain.sentences_told import TOLD
from controller.domain.sentences_why import WHY

_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_READS = "(?:{0})(?:, (?:{0}))*".format("|".join(WORDS["read"]))
_CODES = frozenset({*CATALOGUE, *REFUSALS, *ALARMS, NEUTRAL})
_CODE = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*"
_PATTERNS = {
    "": ".+?", "n": r"-?\d+", "w": r"\S+", "free": ".*", "code": _CODE, "codes": rf"{_CODE}(?:, {_CODE})*",
    "roles": r"[a-z_]+(?:(?: or |, )[a-z_]+)*", "named": r"\S+ " + _CODE + r"(?:, \S+ " + _CODE + r")*",
    "subject": _CODE + ":.+?", "handover": ".*", "device": "|".join(DEVICE_CODES),
    "known": _CODE, "knowns": rf"{_CODE}(?:, {_CODE})*", "hold": r"(?:place|lift|confirm)", "reads": _READS,
}  # fmt: skip
_SEVERAL = re.compile(rf"(\S+ {_CODE}(?:, \S+ {_CODE})*)( and (?:\d+ )?more)?")
# Without these a company or an old row would be told of a code by its bare name.
_NEUTRAL = {NEUTRAL: "海关查看", "not shown": "不显示", "none": "无", "nothing": "无"}


Row = tuple[str, str]


class Both(msgspec.Struct, frozen=True):
    """A text of the record for whichever language the screen speaks."""

    zh: str
    en: str


class Sentence(msgspec.Struct, frozen=True):
    """One of the catalogue, ready to be recognised: its places by name and kind."""

    pattern: re.Pattern[str]
    zh: str
    kinds: tuple[tuple[str, str], ...]


def word_of(code: str) -> str:
    """What a code is called in Chinese; the code itself where nobody knows it."""
    for catalogue in (CATALOGUE, REFUSALS, ALARMS, DEVICE_CODES):
        if code in catalogue:
            return catalogue[code].zh
    return _NEUTRAL.get(code) or code


@lru_cache(maxsize=4096)
def in_chinese(text: str) -> str:
    """The sentence in Chinese; what is in no catalogue stays as it is."""
    found = recognised(text)
    return text if found is None else found


def no_in_chinese(code: str, cause: str) -> str:
    """The cause of a refusal; with what its code means in front where nobody knows the sentence."""
    return recognised(cause) or ": ".join(one for one in (word_of(code), cause) if one)


@lru_cache(maxsize=4096)
def in_english(text: str) -> str:
    """A sentence that ends in things with their codes says what each code means; any other stays as it was written."""
    head, colon, told = text.rpartition(": ")
    several = _SEVERAL.fullmatch(told)
    pairs = [one.rpartition(" ") for one in several[1].split(", ")] if several else []
    if several is None or not all(about and code in _CODES for about, _, code in pairs):
        return text
    return head + colon + "; ".join(f"{about}: {_english_of(code)}" for about, _, code in pairs) + (several[2] or "")


def _english_of(code: str) -> str:
    for catalogue in (CATALOGUE, REFUSALS, ALARMS):
        if code in catalogue:
            return catalogue[code].en
    return "customs looks at it" if code == NEUTRAL else code


def both(text: str) -> Both:
    """The same in both languages."""
    return Both(in_chinese(text), text)


def recognised(text: str) -> str | None:
    """In Chinese, or nothing when it is no sentence of the catalogue."""
    if not text or text in _NEUTRAL:
        return _NEUTRAL.get(text, "")
    if text in _CAUSES:
        return _CAUSES[text]
    for colon in re.finditer(": ", text):
        if text[: colon.start()] in _CAUSES:
            return f"{_CAUSES[text[: colon.start()]]}: {_detail(text[colon.end() :])}"
    for one in _candidates(text):
        match = one.pattern.fullmatch(text)
        if match and all(_fits(kind, match[name]) for name, kind in one.kinds):
            return one.zh.format_map({name: _filled(kind, match[name]) for name, kind in one.kinds})
    return None


def _fits(kind: str, text: str) -> bool:
    """A code that nobody knows is no code: it may be a word of somebody's own sentence."""
    return kind not in ("known", "knowns") or all(one in _CODES for one in text.split(", "))


def _filled(kind: str, text: str) -> str:
    how = _HOW.get(kind)
    if how is not None:
        return how(text)
    return WORDS[kind].get(text, text) if kind in WORDS else text


def _several(separator: str, told: str, each: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: told.join(each(one) for one in text.split(separator))


def _named(text: str) -> str:
    """ "K1 recalled, K2 not_weighed" with the words of the codes."""
    pairs = (one.rpartition(" ") for one in text.split(", "))
    return ", ".join(f"{about} {word_of(code)}" for about, _, code in pairs)


def _against(text: str) -> str:
    """Codes of several things, the first few of them."""
    first, more, rest = text.rpartition(" and ")
    if more and (count := re.fullmatch(r"(?:(\d+) )?more", rest)):
        return f"{_named(first)} 等" + (f", 另 {count[1]} 项" if count[1] else "")
    return _named(text)


def _detail(text: str) -> str:
    """What was seen of a reason: sentences, differences of a recheck, or things with their own codes."""
    whole = recognised(text)
    several = _SEVERAL.fullmatch(text)
    if whole is None and several and all(one.rpartition(" ")[2] in _CODES for one in several[1].split(", ")):
        return _against(text)
    return _differences(text) if whole is None else whole


def _differences(text: str) -> str:
    return "; ".join(_difference(one) for one in text.split("; "))


def _difference(text: str) -> str:
    """What `told_difference` says of one thing of a recheck."""
    found = re.fullmatch(r"(\w+)(?: (.+?))? declared (\S+) found (\S+)(?: (.+))?", text)
    if found is None:
        return in_chinese(text)
    product, detail = (f" {one}" if one else "" for one in (found[2], in_chinese(found[5] or "")))
    return f"{WORDS['differs'].get(found[1], found[1])}{product} 申报 {found[3]} 实有 {found[4]}{detail}"


def _read_as(text: str) -> str:
    """A number that was read, or why there is none with what was read instead."""
    read, confirmed, _ = text.partition(" confirmed")
    problem = re.fullmatch(rf"({_CODE}) \((.*)\)", read, re.DOTALL)
    told = f"{word_of(problem[1])} ({_NEUTRAL.get(problem[2], problem[2])})" if problem else read
    return told + (", 已确认" if confirmed else "")


def _handover(text: str) -> str:
    found = re.fullmatch(r"(?:, (\d+) out of service)?(?:; (.*))?", text, re.DOTALL)
    if found is None:
        return text
    return (f", 停用 {found[1]}" if found[1] else "") + (f"; {found[2]}" if found[2] else "")


def _place_word(text: str) -> str:
    return WORDS["place"].get(text) or in_chinese(text)


_HOW: dict[str, Callable[[str], str]] = {
    "code": word_of, "codes": _several(", ", "、", word_of), "say": in_chinese, "says": _several("; ", "; ", in_chinese),
    "names": _several(" and ", "、", str), "place": _place_word, "named": _named,
    "against": _against, "differences": _differences, "read_as": _read_as, "handover": _handover, "device": word_of,
    "known": word_of, "knowns": _several(", ", "、", word_of), "detail": _detail,
    "hold": lambda text: {"place": "作", "lift": "解除", "confirm": "确认"}[text],
    "roles": lambda text: "、".join(ROLES.get(one, one) for one in re.split(r" or |, ", text)),
    "reads": _several(", ", "、", lambda one: WORDS["read"].get(one, one)),
    "verdicts": _several(", ", "、", lambda one: WORDS["verdict"].get(one) or WORDS["outcome"].get(one, one)),
    "commands": _several(", ", "、", lambda one: WORDS["command"].get(one, one)),
    "subject": lambda text: " ".join((WORDS["scope"].get(text.partition(":")[0], word_of(text.partition(":")[0])),
                                      text.partition(":")[2])),
}  # fmt: skip


@cache
def _compiled(en: str, zh: str) -> Sentence:
    kinds: list[tuple[str, str]] = []
    parts: list[str] = []
    at = 0
    for place in _PLACE.finditer(en):
        name, kind = place[1], place[2] or ""
        # Of what only has words of its own, only these are meant; a lane or a place may have any name.
        closed = kind in WORDS and kind not in ("lane", "place", "stage")
        pattern = "|".join(map(re.escape, WORDS[kind])) if closed else _PATTERNS.get(kind, ".+?")
        parts += [re.escape(en[at : place.start()]), f"(?P<{name}>{pattern})"]
        kinds.append((name, kind))
        at = place.end()
    parts.append(re.escape(en[at:]))
    return Sentence(re.compile("".join(parts), re.DOTALL), zh, tuple(kinds))


def _causes() -> dict[str, str]:
    """What a code means and what to do next, and every sentence without a place: known as they stand."""
    rows = {en: zh for en, zh in (*TOLD, *WHY) if "{" not in en}
    for catalogue in (CATALOGUE, REFUSALS, ALARMS):
        for entry in catalogue.values():
            rows.setdefault(entry.en, entry.zh)
            rows.setdefault(entry.next_en, entry.next_zh)
    return rows


def _weight(en: str) -> tuple[bool, int]:
    """The more of a sentence is fixed, the less it can be mistaken for another: those are tried first."""
    fixed = _PLACE.sub("", en)
    return not fixed.strip(" :;,()"), -len(fixed)


def _by_first_word() -> dict[str, list[Row]]:
    """Sentences by the word they begin with; under the empty word those that begin with a place."""
    first: dict[str, list[Row]] = {}
    for row in sorted((row for row in (*TOLD, *WHY) if "{" in row[0]), key=lambda row: _weight(row[0])):
        word, space, _ = row[0].partition(" ")
        first.setdefault("" if "{" in word or not space else word, []).append(row)
    return first


_CAUSES = _causes()
_FIRST = _by_first_word()


def _candidates(text: str) -> Iterator[Sentence]:
    for word in (text.partition(" ")[0], ""):
        for row in _FIRST.get(word, ()):
            yield _compiled(*row)
