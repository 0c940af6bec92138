"""Alarms over the API: acknowledged, shelved and taken back as acts, shown to each view as it may see them."""

import json
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from controller.console.alarms import AlarmList
from controller.console.words import words
from controller.domain.alarms import ALARMS, hidden
from controller.domain.reasons import Role
from controller.line.alarming import ALARMS_KEPT
from controller.line.events import DeviceDown, DeviceUp, ImportRefused
from controller.line.explain import View
from controller.line.inspection_events import SelectionFailed
from controller.line.people_events import AlarmAcknowledged, AlarmShelved
from tests.console.bench import Bench, bench
from tests.console.test_belt import SETTINGS
from tests.daemon.test_imports import desk
from tests.line.line_story import FILE
from tests.line.test_alarms import Alarming

SCALE = "device_down:scale"


async def broken(on: Bench) -> None:
    await on.core.submit(DeviceDown("scale", "unplugged", "no answer"), actor="scale", role=Role.LINE)


def listed(on: Bench, view: View = View.COMPANY) -> dict[str, Any]:
    rows: Any = on.watched.values(view)["alarms"]["list"]
    return {row["alarm"]: row for row in rows}


def drawn(on: Bench, alarm: str) -> str:
    """The word for how it stands on a screen now."""
    return str(listed(on, View.CUSTOMS)[alarm]["shown"])


async def test_who_saw_the_first_of_two_has_not_seen_the_second(tmp_path: Path) -> None:
    """It came again as the button was pressed: it stays, and the answer says so in both languages."""
    async with bench(tmp_path / "d") as on:
        operator = await on.signed_in("li")
        first = {"alarm": "import_refused:a.xml"}
        await on.core.submit(ImportRefused("a.xml", "not_xml", "it is no XML", FILE), actor="inbox", role=Role.LINE)
        first["shown"] = drawn(on, first["alarm"])
        await on.core.submit(ImportRefused("a.xml", "too_large", "9 MB", FILE), actor="inbox", role=Role.LINE)
        status, answer = await operator.act("alarm-acknowledge", **first)
        assert (status, answer["code"], answer["zh"]["cause"]) == (409, "changed_since", "至今已发生 2 次")
        assert listed(on)[first["alarm"]]["state"] == "unacked"
        assert (await operator.act("alarm-acknowledge", alarm=first["alarm"], shown=drawn(on, first["alarm"])))[0] == 200
        assert first["alarm"] not in listed(on)


async def test_an_operator_acknowledges_and_a_shift_lead_shelves_and_the_journal_knows_who(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        operator, lead = await on.signed_in("li"), await on.signed_in("ban")
        await broken(on)
        row = listed(on)[SCALE]
        assert (row["state"], row["priority"], row["times"], row["where"]["en"]) == ("unacked", 3, 1, "scale")
        assert row["follows"]["zh"]
        assert row["follows"]["en"]
        assert (await operator.act("alarm-acknowledge", alarm=SCALE, shown=drawn(on, SCALE)))[0] == 200
        assert (listed(on)[SCALE]["state"], listed(on)[SCALE]["acked_by"]) == ("acked", "li")
        assert (await operator.act("alarm-shelve", alarm=SCALE, minutes=30, reason="parts ordered"))[1][
            "code"
        ] == "role_not_allowed"
        assert (await lead.act("alarm-shelve", alarm=SCALE, minutes=30, reason="parts ordered"))[0] == 200
        row = listed(on)[SCALE]
        assert (row["state"], row["shelved_by"], row["shelved_cause"]) == ("shelved", "ban", "parts ordered")
        assert row["shelved_until_ms"] > on.core.state.facts.line_ms
        assert (await operator.act("alarm-unshelve", alarm=SCALE))[0] == 200
        assert listed(on)[SCALE]["state"] == "acked"
        assert [one.actor for one in on.events(AlarmAcknowledged) + on.events(AlarmShelved)] == ["li", "ban"]


async def test_what_nobody_knows_or_what_is_over_is_a_409_with_a_next_step(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        operator = await on.signed_in("li")
        status, answer = await operator.act("alarm-acknowledge", alarm="jam:line", shown="0" * 16)
        assert (status, answer["code"]) == (409, "alarm_unknown")
        assert answer["next_step"]
        await broken(on)
        lead = await on.signed_in("ban")
        status, answer = await lead.act("alarm-shelve", alarm=SCALE, minutes=12 * 60 + 1, reason="x")
        assert (status, answer["code"]) == (409, "shelved_too_long")


async def test_the_snapshot_has_the_list_and_it_survives_a_restart(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        await broken(on)
        lead = await on.signed_in("ban")
        await lead.act("alarm-shelve", alarm=SCALE, minutes=30, reason="parts ordered")
        snapshot: Any = on.live.snapshot(View.COMPANY)
        assert "alarms" not in snapshot
        before = snapshot["values"]["alarms"]["list"]
        assert [(one["alarm"], one["state"], one["shelved_by"]) for one in before] == [(SCALE, "shelved", "ban")]
    async with desk(tmp_path / "d") as again:
        after: Any = AlarmList(SETTINGS, again.core.state).value(View.COMPANY)
        assert after["list"] == before


def shown(line: Alarming, view: View) -> Any:
    return AlarmList(SETTINGS, line.state).value(view)


def test_the_company_sees_no_alarm_of_customs_own_and_not_who_of_customs_did_something() -> None:
    line = Alarming()
    line.ready("X1")
    key = next(iter(line.state.cartons))
    line.state.cartons[key] = replace(line.state.cartons[key], selection="asked")
    line.feed(SelectionFailed(key, "no secret"))
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    line.feed(AlarmShelved(SCALE, 5, "ivory is suspected"), role=Role.OFFICER, actor="zhang")
    text = json.dumps(shown(line, View.COMPANY))
    for word in ("selection_failed", "no secret", "zhang", "ivory"):
        assert word not in text
        assert word in json.dumps(shown(line, View.CUSTOMS))


def test_no_figure_counts_for_the_company_what_its_list_does_not_show() -> None:
    line = Alarming()
    line.ready("X1")
    key = next(iter(line.state.cartons))
    for _ in range(11):
        line.state.cartons[key] = replace(line.state.cartons[key], selection="asked")
        line.feed(SelectionFailed(key, "no secret"))
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    company, customs = shown(line, View.COMPANY), shown(line, View.CUSTOMS)
    assert (company["rate_10_min"], company["flood"]) == (1, False)
    assert (customs["rate_10_min"], customs["flood"]) == (12, True)
    for number in range(ALARMS_KEPT - 1):
        line.file_refused(f"{number}.xml")
    assert (shown(line, View.COMPANY)["let_go"], shown(line, View.CUSTOMS)["let_go"]) == (0, 1), "the failed draw was the oldest"


def test_what_asks_for_a_person_comes_first_and_a_flood_is_called_one() -> None:
    line = Alarming()
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    line.acknowledge(SCALE)
    line.feed(DeviceDown("induct", "unplugged", "no answer"))
    line.feed(DeviceUp("induct"))
    for number in range(9):
        line.file_refused(f"{number}.xml")
    value = shown(line, View.COMPANY)
    assert [row["state"] for row in value["list"]] == ["unacked"] * 9 + ["returned", "acked"]
    assert (value["rate_10_min"], value["flood"]) == (11, True)
    line.tick(600_001)
    assert (shown(line, View.COMPANY)["rate_10_min"], shown(line, View.COMPANY)["flood"]) == (0, False)


def test_every_alarm_has_words_for_the_screens_and_the_company_none_of_customs_own() -> None:
    assert set(ALARMS) <= set(words(View.CUSTOMS))
    assert {code for code in words(View.COMPANY) if hidden(code)} == set()


def test_a_long_list_sends_its_newest_and_never_cuts_off_what_stands_or_is_urgent() -> None:
    line = Alarming()
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    line.acknowledge(SCALE)
    for number in range(200):
        line.file_refused(f"{number}.xml")
        line.wait(1)
    value = shown(line, View.COMPANY)
    keys = [row["alarm"] for row in value["list"]]
    assert (len(keys), value["more"]) == (120, 81)
    assert keys[-1] == SCALE
    assert "import_refused:199.xml" in keys
