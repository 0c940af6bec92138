"""A verdict at the console: only on a picture that this page has drawn, by one officer at a time, late ones said to be late."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from controller.console.claims import FREE_AFTER_S
from controller.console.drawing import ASKED_STANDS_S, POINTS
from controller.console.sessions import Limits
from controller.domain.reasons import Role
from controller.line.explain import View
from controller.line.inspection_events import VerdictGiven, VerdictUndone
from controller.line.people_events import ActRefused
from tests.console.bench import PEOPLE, Bench, bench
from tests.console.picture_bench import METAL, A, B, PictureStory

CLAIM = "/api/pictures/1:1/claim"
JUDGES = [name for name, role in PEOPLE.items() if role in (Role.OFFICER, Role.SECTION_CHIEF)]
OTHERS = [name for name in PEOPLE if name not in JUDGES]


def waiting(on: Bench, *numbers: str) -> PictureStory:
    """Cartons at the decision point that need an officer's look."""
    story = PictureStory(on)
    story.papers(*numbers)
    for track, number in enumerate(numbers, start=1):
        story.to_judge(track, number, METAL)
        story.after_tunnel(track, number)
    return story


def shown(on: Bench) -> list[dict[str, Any]]:
    snapshot = json.loads(on.live.snapshot_bytes(View.CUSTOMS))
    found: list[dict[str, Any]] = snapshot["values"]["pictures"]["list"]
    return found


# --- the proof that it was drawn -----------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", ["clear", "open", "anomaly"])
async def test_no_verdict_before_the_page_has_shown_that_it_drew_this_picture(tmp_path: Path, verdict: str) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        status, answer = await story.judged(page, 1, verdict)
        assert (status, [one["code"] for one in answer["unmet"]]) == (423, ["picture_not_drawn"])
        assert not on.events(VerdictGiven)
        await on.settled()
        assert [one.event.code for one in on.events(ActRefused)] == ["picture_not_drawn"]  # type: ignore[union-attr]
        assert await story.drew(page, 1) == (200, {"ok": True})
        status, _ = await story.judged(page, 1, verdict)
        assert status == 200


async def test_the_verdict_keeps_how_the_picture_was_looked_at(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        await story.drew(page, 1, first_pixel_ms=212)
        await story.judged(page, 1, "clear", dwell_ms=4200, tools="invert, zoom 4x, pointer 61%")
        (said,) = on.events(VerdictGiven)
        assert isinstance(said.event, VerdictGiven)
        assert (said.event.dwell_ms, said.event.tools) == (4200, "invert, zoom 4x, pointer 61%")
        assert (said.event.first_pixel_ms, said.actor) == (212, "zhang")


async def test_a_page_can_not_give_itself_the_proof(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        status, _ = await story.judged(page, 1, "clear", first_pixel_ms=80)
        assert status == 422


async def test_one_wrong_value_is_no_proof_and_there_is_one_try_for_each_asking(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        path = "/api/pictures/1:1"
        asked = (await page.ask("POST", f"{path}/drawing", {"image": story.image_of(1)})).json()
        right = [int(story.shown[1][0][y, x]) for x, y in asked["points"]]
        body = {"image": story.image_of(1), "nonce": asked["nonce"], "first_pixel_ms": 80}
        wrong = [*right[:-1], right[-1] ^ 1]
        answers = [(await page.ask("POST", f"{path}/drawn", body | {"values": values})).json() for values in (wrong, right)]
        assert [one["code"] for one in answers] == ["drawing_differs", "drawing_not_asked"]
        assert (await story.judged(page, 1, "clear"))[0] == 423
        for values in (right[:-1], [*right, 1], [65536] * POINTS, [-1] * POINTS, ["1"] * POINTS):
            assert (await page.ask("POST", f"{path}/drawn", body | {"values": values})).status_code == 422


async def test_points_are_new_each_time_and_lie_in_the_picture(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        asked = [(await page.ask("POST", "/api/pictures/1:1/drawing", {"image": story.image_of(1)})).json() for _ in range(20)]
        assert len({one["nonce"] for one in asked}) == 20
        points = [tuple(point) for one in asked for point in one["points"]]
        assert len(points) == 20 * POINTS
        assert len(set(points)) > 300
        height, width = story.shown[1][0].shape
        assert all(0 <= x < width and 0 <= y < height for x, y in points)
        first = {"image": story.image_of(1), "nonce": asked[0]["nonce"], "first_pixel_ms": 1}
        first["values"] = [int(story.shown[1][0][y, x]) for x, y in asked[0]["points"]]
        answer = await page.ask("POST", "/api/pictures/1:1/drawn", first)
        assert answer.json()["code"] == "drawing_not_asked", "only the newest points count"


async def test_a_proof_is_of_one_session_one_track_and_one_image(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = PictureStory(on)
        story.papers(A, B)
        story.to_judge(1, A, METAL)
        story.to_judge(2, B, METAL)
        first, second, other = [await on.signed_in(name) for name in ("zhang", "zhang", "zhao")]
        await story.drew(first, 1)
        for page in (second, other):
            assert (await story.judged(page, 1, "open"))[1]["code"] == "picture_not_drawn"
        assert (await story.judged(first, 2, "open"))[1]["code"] == "picture_not_drawn"
        assert (await story.judged(first, 2, "open", image=story.image_of(1)))[1]["code"] == "picture_not_drawn"
        assert (await story.judged(first, 1, "open"))[0] == 200


async def test_a_proof_ends_with_its_session(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        await story.drew(page, 1)
        await page.ask("DELETE", "/api/session")
        await page.sign_in("zhang")
        assert (await story.judged(page, 1, "clear"))[1]["code"] == "picture_not_drawn"


async def test_an_answer_that_takes_too_long_is_none(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        asked = (await page.ask("POST", "/api/pictures/1:1/drawing", {"image": story.image_of(1)})).json()
        on.clock.now_s += ASKED_STANDS_S
        values = [int(story.shown[1][0][y, x]) for x, y in asked["points"]]
        body = {"image": story.image_of(1), "nonce": asked["nonce"], "values": values, "first_pixel_ms": 80}
        answer = await page.ask("POST", "/api/pictures/1:1/drawn", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "drawing_not_asked")


async def test_points_are_given_only_for_the_tracks_own_picture(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A, B), await on.signed_in("zhang")
        for track, image in (("1:1", story.image_of(2)), ("1:9", story.image_of(1)), ("1:1", "0" * 64)):
            answer = await page.ask("POST", f"/api/pictures/{track}/drawing", {"image": image})
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("account", OTHERS)
async def test_nobody_else_claims_or_judges(tmp_path: Path, account: str) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in(account)
        assert (await page.ask("POST", CLAIM)).status_code == 403
        assert (await story.judged(page, 1, "clear"))[0] == 403
        assert (await story.undone(page, 1))[0] == 403
        if PEOPLE[account] is not Role.CUSTOMS_AUDITOR:
            for path, method in (("drawing", "POST"), ("claim", "DELETE")):
                body = {"image": story.image_of(1)} if path == "drawing" else None
                assert (await page.ask(method, f"/api/pictures/1:1/{path}", body)).status_code == 403


# --- claims --------------------------------------------------------------------------------------------------------


async def test_two_officers_on_one_carton_the_second_is_told_who_has_it(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = waiting(on, A)
        zhang, zhao = await on.signed_in("zhang"), await on.signed_in("zhao")
        for page in (zhang, zhao):
            await story.drew(page, 1)
        assert (await zhang.ask("POST", CLAIM)).json() == {"ok": True, "free_after_s": FREE_AFTER_S}
        refused = await zhao.ask("POST", CLAIM)
        assert (refused.status_code, refused.json()["code"], refused.json()["claimed_by"]) == (423, "claimed_by_other", "zhang")
        assert [(one["claimed_by"], one["claimed_name"]) for one in shown(on)] == [("zhang", "Zhang")]
        status, answer = await story.judged(zhao, 1, "clear")
        assert (status, answer["code"]) == (423, "claimed_by_other")
        assert "Zhang" in answer["cause"]
        assert (await story.judged(zhang, 1, "clear"))[0] == 200
        assert [said.actor for said in on.events(VerdictGiven)] == ["zhang"]


async def test_every_unmet_condition_is_told_at_once(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = waiting(on, A)
        zhang, zhao = await on.signed_in("zhang"), await on.signed_in("zhao")
        await zhang.ask("POST", CLAIM)
        _, answer = await story.judged(zhao, 1, "clear")
        assert [one["code"] for one in answer["unmet"]] == ["picture_not_drawn", "claimed_by_other"]
        assert all(one["zh"]["cause"] and one["next_step"] for one in answer["unmet"])


async def test_a_claim_lives_by_being_renewed_and_is_free_five_seconds_after_the_last(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        waiting(on, A)
        zhang, zhao = await on.signed_in("zhang"), await on.signed_in("zhao")
        for _ in range(4):
            assert (await zhang.ask("POST", CLAIM)).status_code == 200
            on.clock.now_s += FREE_AFTER_S - 0.1
        assert (await zhao.ask("POST", CLAIM)).status_code == 423
        on.clock.now_s += 0.1
        assert [one["claimed_by"] for one in shown(on)] == [None]
        assert (await zhao.ask("POST", CLAIM)).status_code == 200
        assert (await zhang.ask("POST", CLAIM)).status_code == 423, "the one who lost it does not take it back by renewing"
        assert (await zhang.ask("DELETE", CLAIM)).status_code == 200
        assert [one["claimed_by"] for one in shown(on)] == ["zhao"], "nor frees what is another's"
        await zhao.ask("DELETE", CLAIM)
        assert [one["claimed_by"] for one in shown(on)] == [None]


async def test_one_person_at_two_screens_is_one_person(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        waiting(on, A)
        one, two = await on.signed_in("zhang"), await on.signed_in("zhang")
        assert [(await page.ask("POST", CLAIM)).status_code for page in (one, two, one)] == [200] * 3


async def test_what_a_page_does_by_itself_keeps_no_session_awake(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        for _ in range(int(Limits().idle_customs_s / 60)):
            on.clock.now_s += 60
            await page.ask("POST", CLAIM)
            await page.ask("POST", "/api/pictures/1:1/drawing", {"image": story.image_of(1)})
        answer = await page.ask("POST", CLAIM)
        assert (answer.status_code, answer.json()["code"]) == (401, "session_locked")
        assert (await page.ask("GET", "/api/pictures/1:1")).status_code == 401
        assert (await story.judged(page, 1, "clear"))[0] == 401


async def test_without_its_token_no_page_claims_or_proves(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        page.csrf = "another"
        assert (await page.ask("POST", CLAIM)).json()["code"] == "csrf_missing"
        assert (await page.ask("POST", "/api/pictures/1:1/drawing", {"image": story.image_of(1)})).json()[
            "code"
        ] == "csrf_missing"


# --- late, undone, twice -------------------------------------------------------------------------------------------


async def test_a_late_clear_is_said_to_be_late_with_where_the_carton_went(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        await story.drew(page, 1)
        story.wait(10_000)
        status, answer = await story.judged(page, 1, "clear")
        assert (status, answer["code"], answer["late"]) == (409, "verdict_too_late", True)
        assert answer["went"] == {"ordered": "inspect", "diverted": None, "ended": None}
        story.answer()
        story.divert(1, 1)
        _, answer = await story.judged(page, 1, "clear")
        assert answer["went"] == {"ordered": "inspect", "diverted": "inspect", "ended": "lane"}


async def test_a_clear_on_a_picture_of_what_has_no_name_yet_says_so_in_both_languages(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = PictureStory(on), await on.signed_in("zhang")
        story.to_judge(1, A)
        assert not story.passage(1).carton
        await story.drew(page, 1)
        status, answer = await story.judged(page, 1, "clear")
        assert (status, answer["code"], answer["late"]) == (409, "carton_nameless", False)
        assert answer["cause"] == "nobody knows yet which carton it is"
        assert answer["zh"] == {"cause": "尚不知是哪一箱", "next_step": "认出后再判; 判开箱或异常现在即有效"}
        assert (await story.judged(page, 1, "open"))[0] == 200


async def test_a_clear_on_a_picture_in_doubt_says_so_in_both_languages_and_what_stops_counts(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        await story.drew(page, 1)
        story.image("1:1", length_mm=400)
        story.show()
        status, answer = await story.judged(page, 1, "clear")
        assert (status, answer["code"], answer["late"]) == (409, "image_doubtful", False)
        assert answer["zh"] == {"cause": "可能是别箱的图像", "next_step": "重检时再看; 判开箱或异常仍有效"}
        assert (await story.judged(page, 1, "anomaly"))[0] == 200


async def test_what_stops_a_carton_counts_late_too_and_is_said_to_be_late(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        await story.drew(page, 1)
        story.wait(10_000)
        status, answer = await story.judged(page, 1, "open")
        assert (status, answer["late"], answer["went"]["ordered"]) == (200, True, "inspect")
        assert "verdict_open" in {hold.code for hold in on.core.state.holds.values()}


async def test_a_verdict_in_time_is_taken_back_and_the_carton_waits_again(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        await story.drew(page, 1)
        status, answer = await story.judged(page, 1, "clear")
        assert (status, answer["late"], answer["went"]["ordered"]) == (200, False, "release")
        assert shown(on)[0]["verdict"] == "clear"
        status, answer = await story.undone(page, 1)
        assert (status, answer["late"], answer["went"]["ordered"]) == (200, False, "inspect")
        assert [said.actor for said in on.events(VerdictUndone)] == ["zhang"]
        assert (shown(on)[0]["verdict"], shown(on)[0]["verdict_by"]) == ("", "")


async def test_a_late_undo_is_refused_and_said_to_be_late(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        await story.drew(page, 1)
        await story.judged(page, 1, "clear")
        story.wait(10_000)
        status, answer = await story.undone(page, 1)
        assert (status, answer["code"], answer["late"]) == (409, "undo_too_late", True)
        assert answer["went"]["ordered"] == "release"


async def test_only_the_own_verdict_is_taken_back_whoever_has_the_claim(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = waiting(on, A)
        zhang, zhao = await on.signed_in("zhang"), await on.signed_in("zhao")
        await story.drew(zhang, 1)
        await story.judged(zhang, 1, "open")
        status, answer = await story.undone(zhao, 1)
        assert (status, answer["code"]) == (403, "verdict_of_another")
        await zhao.ask("POST", CLAIM)
        assert (await story.undone(zhang, 1))[0] == 200, "taking back only stops a carton: nobody's claim is in its way"


async def test_a_double_click_is_one_verdict(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        await story.drew(page, 1)
        twice = [story.judged(page, 1, "open", act_id="one-press-1", dwell_ms=900, tools="invert") for _ in range(2)]
        answers: list[tuple[int, dict[str, Any]]] = list(await asyncio.gather(*twice))
        assert answers[0] == answers[1]
        assert len(on.events(VerdictGiven)) == 1


async def test_a_role_that_was_taken_away_between_drawing_and_deciding_decides_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story, page = waiting(on, A), await on.signed_in("zhang")
        await story.drew(page, 1)
        await page.ask("POST", CLAIM)
        on.people.change("zhang", by="ke", utc="now", role=Role.CUSTOMS_AUDITOR)
        assert (await story.judged(page, 1, "clear"))[0] == 401
        assert not on.events(VerdictGiven)
        assert (await page.ask("POST", CLAIM)).status_code == 401
