"""What customs' leaders ask of a recorded day: what changed rules would have done, and which images are looked at a second time.

One rule: customs alone. The draw of the sample is an HMAC with customs' secret, as that of targeting: whoever has the secret can
make it again, nobody else can tell it. A second look is blind: who judged first, and what an analyser said, is not told.
"""

import logging
from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from controller.console.interlocks import Condition
from controller.console.proposals import Asked
from controller.console.refusals import WORDS
from controller.console.sessions import Session
from controller.console.statistics_desk import Row, Statistics, utc_of
from controller.daemon.core_loop import CoreLoop
from controller.daemon.image_work import SECRET_SETTING, drawn
from controller.domain.reasons import LaneKind
from controller.line.dry_run import Draw, Went, dry_run
from controller.line.explain import NEUTRAL_EVENT
from controller.line.inspection_events import Rule, Rules
from controller.records.secret_files import SecretError, read_secret
from controller.records.statistics.reading import declared_of, facts_of
from controller.records.statistics.window import Facts

log = logging.getLogger("xiyong.console")
SAMPLE_BACK_MS = 7 * 86_400_000
DIFFERING_SHOWN = 200
WAITING_SHOWN = 50


class Sample(msgspec.Struct, frozen=True):
    """An image of the sample, with whose word stands on it."""

    track: str
    carton: str
    image: str
    first: str
    utc_ms: int
    list_key: str


class ChiefDesk:
    """The desk of the act `sample-review`, and the questions of the chief's page."""

    def __init__(self, core: CoreLoop, statistics: Statistics, secret_file: str) -> None:
        self._core = core
        self._statistics = statistics
        self._secret_file = secret_file
        self._samples: dict[str, Sample] = {}

    # --- rules ---

    async def dry_run(self, from_ms: int, to_ms: int) -> Row | None:
        """What the rules that wait would have done; nothing where none wait."""
        waiting = self._core.state.facts.rules_waiting
        if waiting is None:
            return None
        rules, draw = waiting.rules, self._draw()

        def run(connection: sa.Connection) -> Row:
            window, seq = self._statistics.window(connection, from_ms, to_ms)
            facts = facts_of(connection, window)
            lists = declared_of(connection, tuple({one.list_key for one in facts.diverted if one.list_key}))
            went = (Went(one.track, one.carton, lists.get(one.list_key), one.asked) for one in facts.diverted)
            found = dry_run(went, rules, draw)
            return {
                "version": rules.version, "from": utc_of(from_ms), "to": utc_of(to_ms),
                "cut_off": {"seq": seq, "utc": utc_of(window.cut_ms)}, "cartons": found.cartons, "other": found.other,
                "undrawn": found.undrawn, "n_more": len(found.more), "n_fewer": len(found.fewer),
                "more": msgspec.to_builtins(found.more[:DIFFERING_SHOWN]),
                "fewer": msgspec.to_builtins(found.fewer[:DIFFERING_SHOWN]),
            }  # fmt: skip

        return await self._statistics.with_tables(run)

    def difference(self) -> list[Row]:
        """The rules that wait beside those in force, field by field."""
        facts = self._core.state.facts
        return rules_difference(facts.rules, facts.rules_waiting.rules) if facts.rules_waiting is not None else []

    def _draw(self) -> Draw | None:
        try:
            secret = read_secret(self._secret_file, SECRET_SETTING)
        except SecretError:
            log.warning("%s failed: a file of customs can not be used", NEUTRAL_EVENT)
            return None
        return lambda carton, permille: drawn(secret, carton, permille)

    # --- the sample ---

    async def samples(self, account: str) -> Row:
        """What waits for a second look by this officer, and where the looks so far disagree."""
        rules, draw = self._core.state.facts.rules, self._draw()
        permille = rules.review_permille if rules is not None else 0
        now_ms = self._statistics.now_ms()

        def look(connection: sa.Connection) -> tuple[list[Sample], Facts, dict[str, list[str]]]:
            window, _ = self._statistics.window(connection, now_ms - SAMPLE_BACK_MS, now_ms)
            facts = facts_of(connection, window)
            found = sample_of(facts, permille, draw) if draw is not None else []
            lists = declared_of(connection, tuple({one.list_key for one in found}))
            return found, facts, {key: [item.gname for item in one.items] for key, one in lists.items()}

        found, facts, goods = await self._statistics.with_tables(look)
        self._samples = {one.image: one for one in found}
        looks = [one for one in facts.reviews if one.image in self._samples and one.officer != self._samples[one.image].first]
        seen = {one.image for one in looks}
        mine = [one for one in found if one.image not in seen and one.first != account]
        return {
            "permille": permille, "drawn": len(found), "looked": len(seen), "can_draw": draw is not None,
            "waiting": [
                {"track": one.track, "image": one.image, "goods": goods.get(one.list_key, [])} for one in mine[:WAITING_SHOWN]
            ],
            "disagree": [
                {"track": one.track, "carton": one.carton, "image": one.image, "first": self._samples[one.image].first,
                 "second": one.officer, "verdict": one.verdict, "cause": one.cause, "utc": utc_of(one.utc_ms)}
                for one in looks if one.verdict != "clear"
            ],
        }  # fmt: skip

    def knows(self, asked: Asked, session: Session) -> Mapping[str, object]:
        """Whose carton it is and whose word stands: no page says that."""
        one = self._samples.get(str(asked.values.get("image", "")))
        return {"carton": one.carton, "first": one.first} if one is not None else {}

    def unmet(self, asked: Asked, session: Session) -> tuple[Condition, ...]:
        one = self._samples.get(str(asked.values.get("image", "")))
        if one is not None and one.track == asked.values.get("track"):
            return ()
        word = WORDS["not_in_sample"]
        return (Condition("not_in_sample", word.zh, word.en, word.next_zh, word.next_en),)


def sample_of(facts: Facts, permille: int, draw: Draw) -> list[Sample]:
    """Released on an officer's clear word, and drawn; the oldest first."""
    released = [one for one in facts.diverted if one.kind == LaneKind.RELEASE.value and one.verdict == "clear" and one.image]
    return [
        Sample(one.track, one.carton, one.image, one.verdict_by, one.utc_ms, one.list_key)
        for one in released if permille and draw(f"review:{one.image}", permille)
    ]  # fmt: skip


def rules_difference(before: Rules | None, after: Rules) -> list[Row]:
    """Each field that differs, of the whole and of each rule by its id; a rule that comes or goes stands against nothing."""
    found: list[Row] = []

    def compare(what: str, old: object, new: object, names: tuple[str, ...]) -> None:
        for name in names:
            one, other = getattr(old, name, None), getattr(new, name, None)
            if one != other:
                found.append({"what": what, "field": name, "before": one, "after": other})

    compare("", before, after, ("version", "random_permille", "review_permille"))
    old = {rule.rule_id: rule for rule in before.rules} if before is not None else {}
    new = {rule.rule_id: rule for rule in after.rules}
    fields = tuple(name for name in Rule.__struct_fields__ if name != "rule_id")
    for key in dict.fromkeys((*old, *new)):
        compare(key, old.get(key), new.get(key), fields)
    return found
