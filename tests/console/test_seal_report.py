"""What an officer reports of a seal: the company sees that it was reported and what to do, neither who it was nor the words."""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from controller.daemon.answers import print_story
from controller.daemon.event_log import event_log
from controller.daemon.running import JsonLines
from controller.domain.reasons import CUSTOMS, Role
from controller.domain.sentences import in_chinese
from controller.line.seal_check import shown_of
from controller.line.seal_events import SealReported, SecondLook
from controller.line.state import Draft
from controller.telemetry.company_view import happenings
from tests.console.bench import Bench, bench
from tests.console.story_bench import A, a_day, told_at
from tests.console.test_company_hears import FromStory, rows
from tests.console.test_live import watching
from tests.line.xray_story import XrayStory

WORDS = "cut with a saw, ivory said the informant"
SECRET = ("zhang", "ivory", "informant", "saw")
COMPANYS = {"li": Role.OPERATOR, "ban": Role.SHIFT_LEAD, "ji": Role.INTEGRATOR}


def leaks(text: str) -> list[str]:
    return [word for word in SECRET if word in text]


def test_every_role_of_the_company_is_asked_for() -> None:
    assert set(COMPANYS.values()) == set(Role) - {*CUSTOMS, Role.LINE}


def pages(on: Bench) -> Iterator[str]:
    """Every address of the console that can be read as it is."""
    app = on.view._app
    assert isinstance(app, FastAPI)
    for route in app.routes:
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and not re.search(r"\{|stream", route.path):
            yield route.path


def seal_shown(on: Bench, load_id: str) -> str:
    """The word for what a page shows of this load's seals."""
    state = on.core.state
    return shown_of(Draft(state, state.facts.line_ms), state.loads[load_id])


async def test_no_page_and_no_stream_tells_the_company_who_of_customs_reported_a_seal_or_the_words(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        officer = await on.signed_in("zhang")
        watched = {account: watching(on, await on.signed_in(account)) for account in ("zhang", *COMPANYS)}
        for load in ("L8", "L9"):
            assert (await officer.act("load-arrived", load_id=load, plate="P9"))[0] == 200
        assert (await (await on.signed_in("li")).act("seal-check", load_id="L9"))[0] == 200
        assert (await officer.act("seal-report", load_id="L9", condition="broken", reason=WORDS))[0] == 200
        assert (await (await on.signed_in("li")).act("seal-check", load_id="L8"))[0] == 200  # that of L9 is over now
        said = {"load_id": "L9", "result": "confirm", "shown": seal_shown(on, "L9")}
        assert (await officer.act("second-look", **said, reason=WORDS))[0] == 200
        status, refused = await (await on.signed_in("ban")).act("second-look", **said, reason="whole")
        assert (status, refused["code"]) == (409, "seal_confirmed")
        assert leaks(json.dumps(refused)) == []
        for channel in on.live._channels.values():
            on.live._renew(channel)
        for account in COMPANYS:
            heard = json.dumps(watched[account].now(), ensure_ascii=False)
            assert leaks(heard) == [], account
            assert "customs reported it" in heard
            assert "海关已上报" in heard
            page = await on.signed_in(account)
            asked = {path: (await page.ask("GET", path)).text for path in pages(on)}
            assert len(asked) > 15
            assert {path: found for path, text in asked.items() if (found := leaks(text))} == {}, account
            assert any("seal_broken" in text for text in asked.values()), "what to do is in the alarm"
        assert WORDS in json.dumps(watched["zhang"].now()), "customs sees who and what"


@pytest.fixture
def reported() -> XrayStory:
    """The company's people and two officers report, one carton was released before."""
    story = a_day()
    story.divert(2, 3)
    story.feed(SealReported("L1", "broken", WORDS), role=Role.OFFICER, actor="zhang")
    story.feed(SealReported("L1", "broken", "torn, it seems"), role=Role.OPERATOR, actor="li")
    story.feed(SealReported("L1", "absent", WORDS), role=Role.SECTION_CHIEF, actor="zhang")
    story.feed(SecondLook("L1", False, WORDS), role=Role.OFFICER, actor="zhang")
    assert {"seal_broken", "seal_absent", "recalled"} <= {alarm.code for alarm in story.alarms()}
    return story


def test_log_mqtt_and_commands_do_not_tell_it_either(
    reported: XrayStory, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    tell = event_log("XY-1", "b00t")
    with caplog.at_level(logging.INFO, logger="xiyong.line"):
        for row in rows(reported):
            tell(*row)
    log = "\n".join(JsonLines().format(record) for record in caplog.records)
    mqtt = json.dumps([one for row in rows(reported) for one in happenings(1, *row)])
    print_story(FromStory(reported), A, as_customs=False, as_json=True)
    told = capsys.readouterr().out
    for text in (log, mqtt, told):
        assert leaks(text) == []
        assert "customs reported it" in text
        assert "li: torn, it seems, customs reported it" in text, "the company's own words stay"
    print_story(FromStory(reported), A, as_customs=True, as_json=True)
    assert WORDS in capsys.readouterr().out
    assert in_chinese("li: torn, customs reported it") == "li: torn; 海关已上报"


async def test_the_story_of_its_cartons_does_not_tell_it_either(reported: XrayStory, tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        told_at(on, reported)
        for account in COMPANYS:
            text = (await (await on.signed_in(account)).ask("GET", f"/api/story/{A}")).text
            assert leaks(text) == [], account
            assert "customs reported it" in text
        assert WORDS in (await (await on.signed_in("shen")).ask("GET", f"/api/story/{A}")).text
