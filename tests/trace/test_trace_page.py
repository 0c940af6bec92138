"""The public page: what a stranger is told, what nobody is told, and what guessing brings."""

import asyncio
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from controller.domain.declarations import DeclaredItem
from controller.domain.reasons import CATALOGUE, Role
from controller.domain.trace_codes import RANDOM_BITS, code_of, shown_code
from controller.line.events import HoldPlaced
from controller.records.story_tables import STEPS
from controller.trace import app as trace_app
from controller.trace.checks import Checked, Checks
from controller.trace.limits import ADDRESSES_KEPT, Limits, network_of
from controller.trace.lookup import SHOWN_STEPS, Carton, Step
from controller.trace.page import MOST_BYTES, Names, Shown, masked, render
from controller.trace.places import CODES_KEPT, MANY, Places, coarse
from controller.trace.words import WORDS
from tests.console.story_bench import CARTON, A
from tests.trace.trace_bench import CODE, NAMES, OTHER, Clock, Site, released_day

ITEMS = (DeclaredItem(1, "6913900000", "花瓶", "6901234567892", "2", "007"),)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(trace_app, "STEP_S", 0.0001)  # the beat has a test of its own
    one = Site(tmp_path, released_day(items=ITEMS))
    yield one
    one.close()


async def test_a_released_carton_is_told_with_its_way_in_both_languages(site: Site) -> None:
    status, headers, text = await site.get("/", f"code={shown_code(CODE)}")
    assert status == 200
    for word in ("已通关", "5010960123", "3 号仓", "4800**********4567", shown_code(CODE), "2026-11-23 08:00", "封签核验",
                     "机检", "放行",
                 "西永综合保税区 · 扫码工位", "您是首位查询"):  # fmt: skip
        assert word in text, word
    assert text.index("申报<") < text.index("封签核验<") < text.index("扫码<") < text.index("机检<") < text.index("放行<")
    english = (await site.get("/", f"code={CODE.lower()}&lang=en"))[2]
    assert "Cleared" in english
    assert not any(word in english for word in ("已通关", "封签"))
    assert (await site.get(f"/t/{CODE}"))[0] == 200, "what a QR code leads to"
    assert "script" not in text
    assert "set-cookie" not in headers
    assert "default-src 'none'" in headers["content-security-policy"]


async def test_held_is_told_as_in_process_and_nothing_of_why(site: Site) -> None:
    site.story.feed(HoldPlaced("H1", "carton", CARTON, "officer_hold", "drugs"), role=Role.OFFICER, actor="zhang")
    status, _, text = await site.get("/", f"code={CODE}")
    assert status == 200
    assert "处理中" in text
    assert not any(word in text for word in ("放行", "已通关", "开箱", "drugs", "zhang", "officer_hold", "扣", "查验"))


async def test_the_page_of_a_carton_that_customs_opened_is_the_page_of_one_that_it_did_not(site: Site) -> None:
    before = [(await site.get("/", f"code={CODE}&lang={lang}"))[2] for lang in ("zh", "en")]
    with site.records.begin() as connection:
        for place, step in enumerate(("opened", "rechecked")):
            row = {"journal_seq": 9000, "place": place, "subject": f"carton:{CARTON}", "step": step, "line_ms": 1}
            connection.execute(STEPS.insert(), row | {"utc": "2026-11-23T00:00:30+00:00"})
    after = [(await site.get("/", f"code={CODE}&lang={lang}"))[2] for lang in ("zh", "en")]
    assert after == before
    said = [word for language in WORDS.values() for word in language.values()]
    assert not any(word in text.lower() for text in said for word in ("开箱", "复核", "复验", "opened", "recheck"))


async def test_the_first_look_up_is_told_and_own_forms_do_not_count(site: Site) -> None:
    assert "您是首位查询" in (await site.get("/", f"code={CODE}"))[2]
    assert "You are the first" in (await site.get("/", f"code={CODE}&lang=en"))[2], "the own link to the other language"
    for _ in range(2):
        text = (await site.get("/", f"code={CODE}"))[2]
    assert "首次查询: 2026-11-26 12:00 (北京时间), 共查询 3 次" in text
    await site.get("/", f"code={CODE}&barcode=6901234567892")
    assert "共查询 4 次" in (await site.get("/", f"code={CODE}"))[2]


async def test_recalled_says_what_to_do_and_nothing_of_why(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def recalled(carton: str) -> str:
        return trace_app.RECALLED

    monkeypatch.setattr(site.page, "_source", replace(site.page._source, standing=recalled))
    status, _, text = await site.get("/", f"code={CODE}")
    assert status == 200
    assert 'class="verdict no"' in text
    for word in ("已召回", "请勿使用", "12360", shown_code(CODE), "机检"):
        assert word in text, word
    assert not any(word in text for word in ("已通关", "处理中", "放行<", "出区", "查验", "扣"))
    assert "Recalled" in (await site.get("/", f"code={CODE}&lang=en"))[2]


async def test_a_code_looked_up_from_many_networks_in_one_day_says_so_from_then_on(site: Site) -> None:
    async def looked(query: str, *addresses: str) -> str:
        return [(await site.get("/", query, address=one))[2] for one in addresses][-1]

    near = [f"198.51.{n}.7" for n in range(8)]
    assert "查询异常" not in await looked(f"code={CODE}", *near), "one town is one place"
    abroad = [f"203.{n}.113.9" for n in range(MANY - 2)]
    assert "查询异常" not in await looked(f"code={CODE}", *abroad)
    assert "查询异常" not in await looked(f"code={CODE}&lang=en", "2001:db8::1"), "the own link does not count"
    text = await looked(f"code={CODE}", "2001:db8::1")
    for word in ("! 查询异常", "2026-11-26", f"{MANY} 处以上", "已通关"):
        assert word in text, word
    assert "查询异常" not in await looked(f"code={OTHER}", "192.0.2.1"), "another code was not"
    site.utc += timedelta(days=1)
    assert "2026-11-26 一日内" in await looked(f"code={CODE}", "192.0.2.1"), "the day stays, the networks do not"
    assert site.places.known == 1
    assert "Unusual look-ups" in await looked(f"code={CODE}&lang=en", "192.0.2.1")


async def test_nothing_of_an_address_is_in_the_database_or_remembered_as_it_is(site: Site, tmp_path: Path) -> None:
    for address in ("203.0.113.77", "2001:db8:1:2::3"):
        await site.get("/", f"code={CODE}", address=address)
    kept = repr(site.places.__dict__) + "".join(one.read_bytes().decode("latin-1") for one in tmp_path.glob("trace-checks*"))
    assert not any(part in kept for part in ("203.0", "2001:db8", "113.77"))


def test_places_are_few_of_each_code_of_so_many_codes_and_of_today() -> None:
    drawn: list[int] = []

    def chance(count: int) -> bytes:
        drawn.append(count)
        return bytes([len(drawn)]) * count

    places = Places(chance)
    for n in range(CODES_KEPT + 50):
        assert not places.many(f"code{n}", "198.51.100.7", "2026-11-26", counts=True)
    assert places.known == CODES_KEPT
    assert [places.many("x", f"10.{n}.0.1", "2026-11-26", counts=True) for n in range(MANY + 2)] == [False] * (MANY - 1) + [
        True
    ] * 3
    assert len(places._seen["x"]) == MANY
    assert places._seen["code90"] != places._seen["code91"], "one network is another mark at another code"
    assert not places.many("x", "10.0.0.1", "2026-11-27", counts=True)
    assert (places.known, drawn) == (1, [32, 32])
    assert coarse("::ffff:198.51.100.7") == "198.51.0.0/16"
    assert (coarse("2001:db8:1::9"), coarse("nonsense")) == ("2001:db8::/32", "unknown")


def test_the_day_of_many_places_stays_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "checks.sqlite"
    checks = Checks(path)
    assert checks.look("A", "2026-11-26T00:00:00+00:00", counts=True) == Checked("2026-11-26T00:00:00+00:00", 1, "")
    checks.close()
    again = Checks(path)
    assert again.look("A", "", counts=False, many_on="2026-11-26").many_on == "2026-11-26"
    assert again.look("A", "", counts=False).many_on == "2026-11-26"
    again.close()


async def test_trace_code_and_product_code_agree_or_not(site: Site) -> None:
    for barcode, word in (("6901234567892", "相符"), ("06901234567892", "相符"), ("4006381333931", "不符"), ("x", "无法核对")):
        assert word in (await site.get("/", f"code={CODE}&barcode={barcode}"))[2], barcode
    assert "无法核对" in (await site.get("/", f"code={OTHER}&barcode=6901234567892"))[2], "its list names no product code"


async def test_what_is_no_page_no_code_or_too_long_is_a_page_of_its_own(site: Site) -> None:
    for path, query, status, word in (
        ("/", "", 200, "请输入"), ("/", "code=ABC", 404, "溯源码有误"), ("/", f"code={code_of(5)}", 404, "未找到"),
        ("/api/state", "", 404, "没有此页"), ("/", "code=" + "A" * 600, 404, "没有此页"), ("/t/", "", 200, "请输入"),
        ("/", "code=%00%ff%3Cscript%3E", 404, "溯源码有误"),
    ):  # fmt: skip
        got, _, text = await site.get(path, query)
        assert (got, word in text) == (status, True), (path, query[:40])
        assert "<script" not in text.lower()
    assert (await site.get("/", f"code={CODE}", method="POST"))[0] == 404
    assert (await site.get("/", f"code={CODE}", method="HEAD"))[2] == ""


async def test_a_query_of_very_many_parts_is_no_page_and_no_error(site: Site) -> None:
    status, _, _ = await site.get("/", "&".join(f"a{n}=1" for n in range(40)))
    assert status == 404


async def test_where_the_line_does_not_answer_nothing_is_invented(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(carton: str) -> str:
        raise TimeoutError

    monkeypatch.setattr(site.page, "_source", replace(site.page._source, standing=silent))
    status, _, text = await site.get("/", f"code={CODE}")
    assert (status, "暂时无法查询" in text, CODE in text) == (503, True, False)


async def test_a_miss_is_the_same_work_as_a_hit_and_leaves_on_the_same_beat(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    site = Site(tmp_path, released_day(items=ITEMS), clock=loop.time)
    try:
        work: dict[str, tuple[list[str], int]] = {}
        times: dict[str, float] = {}
        for code in (CODE, code_of(99), "AAAA-BBBB", CODE):  # the first also opens the connection
            site.asked.clear()
            site.lines.clear()
            began_s = loop.time()
            await site.get("/", f"code={code}")
            times[code] = loop.time() - began_s
            work[code] = (list(site.asked), len(site.lines))
        assert work[CODE] == work[code_of(99)] == work["AAAA-BBBB"]
        assert len([one for one in work[CODE][0] if one.startswith("SELECT")]) == 5
        assert work[CODE][1] == 1
        for passed_s in times.values():
            beats = passed_s / trace_app.STEP_S
            assert abs(beats - round(beats)) < 0.2, times
    finally:
        site.close()


async def test_ten_thousand_guesses_find_nothing_and_are_slowed(site: Site) -> None:
    """Well-formed guesses from one address: each waits as it is told to, in the clock's own time."""
    clock, rng, found, waited_s = site.clock, random.Random(1), 0, 0.0
    assert isinstance(clock, Clock)
    for number in range(10_000):
        # The page itself for the first, the limits alone for the rest: the page asks them before anything else.
        if number < 300:
            status, headers, _ = await site.get("/", f"code={code_of(rng.getrandbits(RANDOM_BITS))}")
            found += status == 200
            wait_s = int(headers.get("retry-after", 0))
            assert (status == 429) == bool(wait_s)
        elif not (wait_s := site.limits.wait_s("198.51.100.7")):
            site.limits.missed("198.51.100.7")
        clock.now_s += wait_s
        waited_s += wait_s
    assert found == 0
    assert waited_s > 10_000, "some hours for what is nothing beside 2 to the 75"
    assert site.limits.wait_s("198.51.100.8") == 0, "nobody else waits for it"


def test_limits_are_of_an_address_and_of_all_and_remember_no_more_than_they_may() -> None:
    clock = Clock()
    limits = Limits(clock)
    allowed = sum(limits.wait_s("2001:db8::1") == 0 for _ in range(50))
    assert allowed == 12
    assert limits.wait_s("2001:db8::ffff:2") > 0, "the same network of 64 bits"
    assert sum(limits.wait_s(f"198.51.100.{n}") == 0 for n in range(100)) == 40 - 12, "all together"
    clock.now_s += 3600
    for n in range(ADDRESSES_KEPT + 500):
        limits.wait_s(f"2001:db8:{n:x}::1")
    assert limits.known == ADDRESSES_KEPT
    assert network_of("::ffff:198.51.100.7") == "198.51.100.7"
    assert network_of("nonsense") == "unknown"


async def test_behind_a_front_server_its_last_word_on_the_address_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_app, "STEP_S", 0.0001)
    site = Site(tmp_path, released_day(), behind_proxy=True)
    try:
        for n in range(12):
            head = ((b"x-forwarded-for", f"10.0.0.{n}, 203.0.113.9".encode()),)
            assert (await site.get("/", f"code={CODE}", headers=head))[0] == 200
        assert (await site.get("/", f"code={CODE}", headers=head))[0] == 429
    finally:
        site.close()


WORDS_OF_PAPERS = st.text(max_size=70)
CARTONS = st.builds(
    Carton, key=WORDS_OF_PAPERS, invt_no=WORDS_OF_PAPERS, trader=WORDS_OF_PAPERS, warehouse_no=WORDS_OF_PAPERS,
    declared_at=WORDS_OF_PAPERS, products=st.just(()),
    steps=st.lists(st.builds(Step, st.sampled_from(SHOWN_STEPS), WORDS_OF_PAPERS), max_size=6).map(tuple),
)  # fmt: skip


@given(
    CARTONS,
    st.sampled_from(["released", "processing", "recalled"]),
    st.sampled_from(["zh", "en"]),
    WORDS_OF_PAPERS,
    st.booleans(),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_page_is_small_and_whatever_papers_say_stays_text(
    carton: Carton, kind: str, language: str, barcode: str, mask: bool
) -> None:
    shown = Shown(kind, language, CODE, carton, Checked("2026-11-26T04:00:00+00:00", 7, "2026-11-26"), True, barcode)
    page = render(shown, Names("<b>place</b>", "", mask))
    assert len(page) <= MOST_BYTES
    text = page.decode()
    plain = render(Shown(kind, language, CODE, Carton("", "", "", "", "", (), carton.steps), shown.checked, True, "1"),
                   Names("p", "", True)).decode()  # fmt: skip
    for tag in ("<script", "<b>", "<img", "<a ", "<form"):
        assert text.lower().count(tag) == plain.lower().count(tag)


@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_person_no_officer_no_image_no_rule_is_ever_in_it(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Papers and people of any name: what is not for strangers is marked and must not be found."""
    mark = data.draw(st.text("0123456789", min_size=6, max_size=6)) + "QZX"
    held = data.draw(st.booleans())
    story = released_day(
        items=(replace(ITEMS[0], gname=f"item{mark}"),), order_no=f"order{mark}", cop_no=f"C{A}", ebp_code=f"ebp{mark}",
        agent_code=f"agent{mark}", bill_no=f"bill{mark}", guid=f"guid{mark}", invt_no=f"4800{mark}12345678",
    )  # fmt: skip
    if held:
        story.feed(HoldPlaced("H1", "carton", CARTON, "officer_hold", f"cause{mark}"), role=Role.OFFICER, actor=f"person{mark}")
    site = Site(tmp_path_factory.mktemp("s"), story)
    try:
        for language in ("", "&lang=en"):
            text = asyncio.run(site.get("/", f"code={CODE}{language}"))[2]
            assert mark not in text
            assert A not in text, "the waybill's number finds its receiver in other systems"
            own = [said for reason in CATALOGUE.values() for said in (reason.en, reason.code) if len(said) > 12]
            assert not [said for said in own if said in text]
            assert not any(word in text for word in ("metal", "X-ray low", "sha256", "1:1", "L1", "渝A1", "S1"))
    finally:
        site.close()


def test_both_languages_have_the_same_words_and_a_masked_number_shows_eight_characters() -> None:
    assert set(WORDS["zh"]) == set(WORDS["en"])
    assert masked("480020260001234567") == "4800**********4567"
    assert masked("12345678") == "********"
    assert len(render(Shown("released", "zh", CODE, None), NAMES)) < 8000
