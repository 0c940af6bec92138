"""Statistics agree with the journal: each figure, reckoned once more from raw events by other code, is the same."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.pool import StaticPool

from controller.line.explain import View
from controller.line.state import LineState
from controller.records.journal import Journal
from controller.records.rows import JournalRow, NewRow
from controller.records.statistics import tables
from controller.records.statistics.alarm_quality import alarm_quality
from controller.records.statistics.facts import Came, Diverted, EmergencyEntered, Judged, Opened, ShiftBegan, Spell
from controller.records.statistics.figures import (
    by_chapter,
    by_hour,
    by_lane,
    by_officer,
    by_shift,
    by_shipper,
    decision_time,
    totals,
)
from controller.records.statistics.gathering import Gatherer
from controller.records.statistics.losses import losses, stops
from controller.records.statistics.reading import cursor_of, facts_of
from controller.records.statistics.tables import STATISTICS, StatisticsFollower, open_statistics, write
from controller.records.statistics.window import Facts, Window, at_rank, gaps, seen_by, wilson
from controller.records.unwritten import Lacking, lacking
from tests.records.recorded_day import HEALTHY, START, Day, Reckoning

START_MS = int(START.timestamp() * 1000)
HOUR_MS = 3_600_000
LANES = {1: "inspect", 2: "anomaly", 3: "release"}

ACTS = st.one_of(
    st.tuples(
        st.just("carton"), st.sampled_from([1, 2, 3]), st.sampled_from(["", "clear", "open", "undone"]), st.sampled_from([0, 1])
    ),
    st.tuples(st.just("stands"), st.sampled_from(["e_stop", "commanded_stop"]), st.integers(1, 900_000)),
    st.tuples(st.just("link_lost"), st.integers(1, 60_000)),
    st.tuples(st.just("device"), st.integers(1, 300_000), st.booleans()),
    st.tuples(st.just("daemon_off"), st.integers(1000, 3 * HOUR_MS), st.booleans()),
    st.tuples(st.just("hand_over"), st.sampled_from(["ban", "wang"])),
    st.tuples(st.just("wait"), st.integers(1, HOUR_MS)),
)  # fmt: skip


def day_of(acts: list[tuple[Any, ...]]) -> Day:
    day = Day()
    day.wait(20_000)  # a start is no alarm
    for name, *arguments in acts:
        do: Callable[..., None] = getattr(day, name)
        do(*arguments)
        day.wait(6000)
    return day


def gathered(rows: list[JournalRow], window: Window, restarts_at: int = 0) -> Facts:
    """By way of the tables; a follower that was killed begins again in the middle."""
    engine = sa.create_engine("sqlite://", poolclass=StaticPool)
    STATISTICS.create_all(engine)
    with engine.begin() as connection:
        gatherer = Gatherer(LineState())
        for row in rows:
            if row.seq == restarts_at:
                utc_ms, spell = gatherer.utc_ms, gatherer._spell
                gatherer = Gatherer(LineState(), utc_ms, spell)
                for old in rows[: row.seq - 1]:
                    gatherer.pass_over(old)
            for fact in gatherer.take(row):
                write(connection, fact)
        found = facts_of(connection, window)
    engine.dispose()
    return found


# A day is some hundred rows: making one that fails smaller takes minutes, and its acts read well as they are.
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])
@given(
    acts=st.lists(ACTS, min_size=2, max_size=9), from_ms=st.integers(0, 3 * HOUR_MS), long_ms=st.integers(60_000, 8 * HOUR_MS),
    cut=st.floats(0, 1),
)  # fmt: skip
def test_every_figure_is_what_the_raw_events_say(acts: list[tuple[Any, ...]], from_ms: int, long_ms: int, cut: float) -> None:
    rows = day_of(acts).rows()
    raw = Reckoning(rows, START_MS + from_ms, START_MS + from_ms + long_ms)
    window = Window(raw.from_ms, raw.to_ms, raw.last_ms)
    facts = gathered(rows, window, restarts_at=1 + int(cut * (len(rows) - 1)))
    lanes_agree(facts, raw)
    officers_agree(facts, raw)
    time_agrees(facts, raw)
    alarms_agree(facts, raw)


def lanes_agree(facts: Facts, raw: Reckoning) -> None:
    taken = raw.inside()
    by_kind = Counter(LANES[lane] for _, lane, *_ in taken)
    told = totals(facts)
    kinds = ("release", "inspect", "anomaly")
    assert [told[name] for name in ("n", *kinds)] == [len(taken), *(by_kind[kind] for kind in kinds)]
    hours = {row["from_ms"]: row["n"] for row in by_hour(facts, View.CUSTOMS)}
    wanted = Counter(max(at_ms // HOUR_MS * HOUR_MS, raw.from_ms) for at_ms, *_ in taken)
    assert {at_ms: n for at_ms, n in hours.items() if n} == dict(wanted)
    lanes: Any = by_lane(facts, View.CUSTOMS)
    assert Counter({row["lane"]: row["n"] for row in lanes}) == by_kind
    why = Counter((LANES[lane], why) for _, lane, _, why, _ in taken)
    assert Counter({(row["lane"], one): n for row in lanes for one, n in row["why"].items()}) == why
    shifts: Counter[str] = Counter()
    for row in by_shift(facts, View.COMPANY):
        shifts[str(row["lead"])] += int(str(row["n"]))
    assert +shifts == Counter(lead for *_, lead in taken)
    chapters = Counter(raw.goods[number][0] if number else "" for _, _, number, _, _ in taken)
    assert {row["chapter"]: row["n"] for row in by_chapter(facts, View.CUSTOMS)} == dict(chapters)
    shippers = Counter(raw.goods[number][1] if number else "" for _, _, number, _, _ in taken)
    assert {row["shipper"]: row["n"] for row in by_shipper(facts, View.COMPANY)} == dict(shippers)


def officers_agree(facts: Facts, raw: Reckoning) -> None:
    wanted = raw.judged()
    told = {str(row["officer"]): row for row in by_officer(facts, View.CUSTOMS)}
    assert set(told) == set(wanted)
    for officer, words in wanted.items():
        sent = sum(verdict != "clear" for verdict, _ in words)
        share: Any = told[officer]["sent"]
        assert (share["hits"], share["n"]) == (sent, len(words))
        assert share["low"] <= sent / len(words) <= share["high"]
        assert share["small"], "a handful of pictures says little of a person"
    took = sorted(took_ms for words in wanted.values() for _, took_ms in words)
    assert decision_time(facts)["n"] == len(took)
    assert decision_time(facts)["median_ms"] == (took[(len(took) + 1) // 2 - 1] if took else None)


def time_agrees(facts: Facts, raw: Reckoning) -> None:
    told = {str(row["kind"]): int(str(row["ms"])) for row in losses(facts, View.COMPANY)}
    assert sum(told.values()) == raw.to_ms - raw.from_ms, "no time is lost or counted twice"
    assert told["stopped"] == raw.ms["stopped"]
    assert told["away"] == raw.ms["away"]
    assert told["off"] == raw.ms["off"]
    assert told["working"] + told["waiting"] + told["slow"] == raw.ms["running"]
    rows = stops(facts, View.COMPANY)
    assert Counter({str(row["cause"]): int(str(row["times"])) for row in rows}) == raw.stops
    assert [row["ms"] for row in rows] == sorted((row["ms"] for row in rows), reverse=True)  # type: ignore[type-var]
    assert not rows or rows[-1]["cumulative"] == (1 if told["stopped"] + told["away"] else None)
    known = sum(to_ms - from_ms for from_ms, to_ms in gaps(facts))
    assert known == told["off"] + told["unknown"]


def alarms_agree(facts: Facts, raw: Reckoning) -> None:
    told: Any = alarm_quality(facts, View.COMPANY)
    mine = Counter(code for at_ms, code in raw.came if raw.from_ms <= at_ms < raw.to_ms)
    for code in ("device_down", "e_stop"):
        assert sum(one.code == code and facts.window.has(one.utc_ms) for one in facts.came) == mine[code], code
    assert sum(one["n"] or 0 for one in told["bins"]) == told["n"]
    inside = [one for one in facts.came if one.code == "device_down" and facts.window.has(one.utc_ms)]
    waited = [one.acked_utc_ms - one.utc_ms for one in inside if one.acked_utc_ms >= 0]
    assert sorted(waited) == sorted(raw.acked_after_ms)


# --- what the figures promise, one by one --------------------------------------------------------------------------


def test_the_same_tables_whoever_kills_the_follower_and_from_whichever_checkpoint_it_goes_on(tmp_path: Path) -> None:
    acts: list[tuple[Any, ...]] = [
        ("carton", 3, "clear", 0), ("device", 5000, True), ("stands", "e_stop", 60_000), ("carton", 1, "undone", 1),
        ("hand_over", "ban"), ("daemon_off", 90_000, False), ("carton", 3, "", 0),
    ]  # fmt: skip
    day = day_of(acts)
    rows = day.rows()
    window = Window(START_MS, START_MS + 8 * HOUR_MS, START_MS + 8 * HOUR_MS)
    whole = gathered(rows, window)
    journal = Journal.open(tmp_path / "journal.sqlite")
    engine = open_statistics(tmp_path / "statistics.sqlite")
    try:
        for start in range(0, len(rows), 37):
            part = rows[start : start + 37]
            journal.append([NewRow(r.line_ms, r.utc, r.kind, r.event, r.outcome, r.touched) for r in part])
            follower = StatisticsFollower(journal.path, engine)  # each time another process
            assert follower.catch_up() == part[-1].seq
            follower.close()
        with engine.connect() as connection:
            assert facts_of(connection, window) == whole
            assert cursor_of(connection)[0] == len(rows)
    finally:
        engine.dispose()
        journal.close()


BROKEN = {"made": "KeyError", "written": "IntegrityError", "read": "ValueError"}


def breaks(how: str, seq: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fact of a verdict in this row can not be made, or not be written; or the row can not be read at all."""
    judged, insert, parts, pass_over = Gatherer._judged, tables.write, Gatherer.parts, Gatherer.pass_over

    def not_made(self: Gatherer, row: JournalRow, *more: Any) -> Any:
        if row.seq == seq:
            raise KeyError("what nobody thought of")
        return judged(self, row, *more)

    def not_written(connection: sa.Connection, fact: Any) -> None:
        insert(connection, fact)
        if isinstance(fact, Judged) and fact.seq == seq:
            raise sa.exc.IntegrityError("INSERT", {}, ValueError("twice"))

    def not_read(self: Gatherer, row: JournalRow) -> Any:
        if row.seq == seq:
            raise ValueError("no event that this program knows")
        return parts(self, row)

    def not_passed(self: Gatherer, row: JournalRow) -> None:
        if row.seq == seq:
            raise ValueError("no event that this program knows")
        pass_over(self, row)

    if how == "made":
        monkeypatch.setattr(Gatherer, "_judged", not_made)
    elif how == "written":
        monkeypatch.setattr(tables, "write", not_written)
        not_written.__module__ = tables.__name__
    else:
        monkeypatch.setattr(Gatherer, "parts", not_read)
        monkeypatch.setattr(Gatherer, "pass_over", not_passed)


@pytest.mark.parametrize("part_rows", [37, 1000])
@pytest.mark.parametrize("how", BROKEN)
def test_a_row_of_which_a_fact_can_not_be_made_or_written_stops_nothing_and_only_that_fact_is_lacking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, part_rows: int
) -> None:
    """In the same process and in those after it; it is known by its number, and told at each start."""
    rows = day_of([("carton", 3, "clear", 0), ("device", 5000, True), ("carton", 1, "open", 1), ("carton", 3, "clear", 0)]).rows()
    window = Window(START_MS, START_MS + 8 * HOUR_MS, START_MS + 8 * HOUR_MS)
    whole = gathered(rows, window)
    bad = whole.judged[1].seq
    breaks(how, bad, monkeypatch)
    told: list[Lacking] = []

    def hears(one: Lacking) -> bool:
        told.append(one)
        return True

    journal = Journal.open(tmp_path / "journal.sqlite")
    engine = open_statistics(tmp_path / "statistics.sqlite")
    try:
        for start in range(0, len(rows), part_rows):
            part = rows[start : start + part_rows]
            journal.append([NewRow(r.line_ms, r.utc, r.kind, r.event, r.outcome, r.touched) for r in part])
            follower = StatisticsFollower(journal.path, engine, batch_rows=50)
            assert follower.catch_up() == part[-1].seq
            follower.close()
        with engine.connect() as connection:
            found = facts_of(connection, window)
            assert cursor_of(connection)[0] == len(rows)
            assert lacking(connection) == Lacking((bad,), BROKEN[how], 1)
        assert [one.seq for one in found.judged] == [one.seq for one in whole.judged if one.seq != bad]
        if how == "read":  # what the core made of it is lacking behind it, too
            assert [one.seq for one in found.diverted] == [one.seq for one in whole.diverted]
        else:
            assert msgspec.structs.replace(found, judged=whole.judged) == whole
        follower = StatisticsFollower(journal.path, engine, hears)
        assert follower.step() == 0
        asyncio.run(said(follower))
        assert [one.seqs for one in told] == [(bad,)]
        follower.close()
    finally:
        engine.dispose()
        journal.close()


def test_where_row_after_row_fails_the_state_of_the_line_is_not_made_again_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake in one kind of fact meets each carton: the daemon's processor was busy with rows of before."""
    rows = day_of([("carton", 3, "clear", 0)] * 12).rows()
    made: list[int] = []
    again = StatisticsFollower._made_again

    def makes(self: StatisticsFollower, connection: sa.Connection, upto: int) -> Gatherer:
        made.append(upto)
        return again(self, connection, upto)

    def fails(self: Gatherer, row: JournalRow, event: Any) -> Any:
        raise KeyError("what nobody thought of")

    monkeypatch.setattr(StatisticsFollower, "_made_again", makes)
    monkeypatch.setattr(Gatherer, "_diverted", fails)
    journal, engine = Journal.open(tmp_path / "journal.sqlite"), open_statistics(tmp_path / "statistics.sqlite")
    try:
        journal.append([NewRow(r.line_ms, r.utc, r.kind, r.event, r.outcome, r.touched) for r in rows])
        follower = StatisticsFollower(journal.path, engine, batch_rows=5)
        assert follower.catch_up() == rows[-1].seq
        with engine.connect() as connection:
            lacks = lacking(connection)
        assert lacks is not None
        assert lacks.count == 12
        assert len(made) <= 2
        follower.close()
    finally:
        engine.dispose()
        journal.close()


async def said(follower: StatisticsFollower) -> None:
    follower._stepped()


def spell(seq: int, at_ms: int, kind: str, cause: str = "") -> Spell:
    return Spell(seq, 1, at_ms, kind, cause)


def took(seq: int, at_ms: int, kind: str = "release", **more: Any) -> Diverted:
    values: dict[str, Any] = {
        "track": f"1:{seq}", "carton": f"C{seq}", "list_key": f"L{seq}", "lane": kind, "kind": kind, "why": "decision",
        "codes": (), "chapters": ("64",), "shipper": "E1", "load_id": "L1", "rerun": False,
    }  # fmt: skip
    return Diverted(seq, at_ms, at_ms, **(values | more))


def test_an_hour_in_which_nothing_was_written_down_has_no_numbers_and_a_part_says_so() -> None:
    window = Window(0, 4 * HOUR_MS, 3 * HOUR_MS + 600_000)
    spells = (spell(1, 0, "working"), spell(2, HOUR_MS // 2, "off", "daemon_off"), spell(3, 2 * HOUR_MS, "working"))
    rows = by_hour(Facts(window, (took(4, 1), took(5, 2 * HOUR_MS)), spells=spells), View.COMPANY)
    assert [row["n"] for row in rows] == [1, None, 1, 0]
    assert [row["gap_ms"] for row in rows] == [HOUR_MS // 2, HOUR_MS, 0, HOUR_MS - 600_000]


def test_emergency_releases_count_where_they_were_entered_beside_the_releases_of_the_line() -> None:
    entered = (EmergencyEntered(5, HOUR_MS + 10, 7), EmergencyEntered(6, HOUR_MS + 20, 2), EmergencyEntered(9, 9 * HOUR_MS, 40))
    facts = Facts(
        Window(0, 3 * HOUR_MS, 3 * HOUR_MS), (took(4, 1),), spells=(spell(1, 0, "working"),),
        shifts=(ShiftBegan(2, HOUR_MS + 15, "ban"),), emergencies=entered,
    )  # fmt: skip
    assert [(row["release"], row["emergency_released"]) for row in by_hour(facts, View.COMPANY)] == [(1, 0), (0, 9), (0, 0)]
    assert [(row["lead"], row["emergency_released"]) for row in by_shift(facts, View.COMPANY)] == [("", 7), ("ban", 2)]
    assert totals(facts)["emergency_released"] == 9
    off = Facts(Window(0, HOUR_MS, 0), emergencies=())
    assert [row["emergency_released"] for row in by_hour(off, View.COMPANY)] == [None], "nothing is known: no zero"


def test_the_company_learns_nothing_of_targeting_of_pictures_or_of_who_judged() -> None:
    asked = took(1, 10, "inspect", asked=("SHOES", "selected"), selection="selected", codes=("rule_hit", "selected", "no_read"),
                 image="aa", verdict="open", verdict_by="zhang")  # fmt: skip
    unseen = Came(3, 0, 20, "picture_unanswered:line", "picture_unanswered")
    whole = Facts(
        Window(0, 100, 100), (asked, took(2, 20)), (Judged(4, 30, "1:1", "C1", "aa", "zhang", "open", 900),),
        (Opened(5, 40, "C1", False, "detained"),), (spell(1, 0, "working"),), (unseen, Came(6, 0, 25, "jam:line", "jam")),
    )  # fmt: skip
    company = seen_by(whole, View.COMPANY)
    views = (by_hour, by_shift, by_lane, by_chapter, by_shipper, by_officer, losses, stops, alarm_quality)
    told = json.dumps([[do(company, View.COMPANY) for do in views], decision_time(company)])
    for secret in ("rule_hit", "SHOES", "selected", "zhang", "picture_unanswered", "aa", "verdict", "asked"):
        assert f'"{secret}' not in told, secret
    assert '"customs_check"' in told
    assert by_chapter(company, View.COMPANY) == [{"chapter": "64", "n": 2}], "how often shoes are opened is targeting"
    assert "rule_hit" in json.dumps(by_lane(whole, View.CUSTOMS))


def test_what_was_found_in_the_box_says_how_good_a_word_was() -> None:
    def word(seq: int, carton: str, verdict: str) -> Judged:
        return Judged(seq, seq, f"1:{seq}", carton, f"i{seq}", "zhang", verdict, seq * 100)

    judged = (word(1, "A", "open"), word(2, "B", "open"), word(3, "C", "anomaly"), word(4, "D", "clear"), word(5, "E", "clear"))
    opened = (
        Opened(10, 10, "A", False, "detained"), Opened(11, 11, "B", True, "released"), Opened(12, 12, "D", False, "detained"),
        Opened(0, 0, "E", False, "detained"),
    )  # fmt: skip
    (row,) = by_officer(Facts(Window(0, 9, 9), judged=judged, opened=opened), View.CUSTOMS)
    hit: Any = row["hit"]
    held: Any = row["false_hold"]
    assert (hit["hits"], hit["n"], held["hits"], row["missed"]) == (1, 2, 1, 1), "C was not opened yet; E was before the word"
    assert (row["median_ms"], row["p95_ms"]) == (300, 500)


@pytest.mark.parametrize(("hits", "n", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)])
def test_wilsons_interval_is_that_of_the_tables(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=1e-4)


def test_nothing_is_said_of_no_cases_and_ranks_are_of_real_cases() -> None:
    assert wilson(0, 0) is None
    assert at_rank((), 500) is None
    assert [at_rank((9, 1, 5, 7), one) for one in (1, 250, 251, 500, 950, 1000)] == [1, 1, 5, 5, 9, 9]


def test_floods_chatter_and_what_stands_for_a_day_are_found() -> None:
    came = tuple(Came(n, 0, 1000 + n, f"no_read:{n}", "device_down", -1, 2000 + n) for n in range(11))
    chatter = tuple(Came(100 + n, 0, 700_000 + n * 20_000, "jam:line", "jam", 800_000, 800_000) for n in range(4))
    old = Came(200, 0, -86_400_000, "air_lost:line", "air_lost")
    facts = Facts(Window(0, 1_200_000, 1_200_000), came=(*came, *chatter, old), spells=(spell(1, 0, "working"),))
    told: Any = alarm_quality(facts, View.COMPANY)
    assert [one["n"] for one in told["bins"]] == [11, 4]
    assert (told["floods"], told["most_10_min"], told["n"]) == (1, 11, 15)
    assert [(one["alarm"], one["n"], one["bursts"]) for one in told["chattering"]] == [("jam:line", 4, 2)]
    assert [(one["alarm"], one["stale"]) for one in told["standing"]] == [("air_lost:line", True)]
    assert (told["top"][0], told["seen"]["n"], told["seen"]["not_yet"]) == ({"code": "device_down", "n": 11}, 4, 11)


def test_a_shift_without_a_handover_in_the_window_is_that_of_the_last_one_before() -> None:
    taken, shifts = (took(9, 1500),), (ShiftBegan(1, 500, "ban"),)
    facts = Facts(Window(1000, 2000, 2000), taken, shifts=shifts, spells=(spell(1, 0, "working"),))
    assert [(row["lead"], row["n"], row["from_ms"]) for row in by_shift(facts, View.COMPANY)] == [("ban", 1, 1000)]


def test_a_stop_has_the_cause_that_came_with_it_and_not_one_that_stood_before() -> None:
    day = Day()
    day.wait(20_000)
    day.says(HEALTHY & ~(2**7))  # no air: an alarm that stops nothing
    day.says(HEALTHY | 2**5)
    day.wait(60_000)
    day.stands("commanded_stop", 5000)
    found = [one for one in gathered(day.rows(), Window(START_MS, START_MS + HOUR_MS, START_MS + HOUR_MS)).spells]
    assert [one.cause for one in found if one.kind == "stopped"][-1] == "commanded_stop"
