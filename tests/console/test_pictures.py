"""The officer's pool of pictures, the case of each, and its pixels: exact, bounded, customs' own, nothing invented."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from controller.console import pixels as pixels_module
from controller.console.pictures import pool
from controller.console.views import Value, changed
from controller.domain.reasons import Role
from controller.line.event_base import EvidenceNamed
from controller.line.explain import View
from controller.line.seal_state import CameraLook
from controller.vision.materials import read_grey
from tests.console.bench import PEOPLE, Bench, Page, bench
from tests.console.picture_bench import METAL, A, B, C, PictureStory, drawn, stored
from tests.line.xray_story import XRAY


def pool_in(page: Page, view: View = View.CUSTOMS) -> list[dict[str, object]]:
    snapshot = json.loads(page.bench.live.snapshot_bytes(view))
    found: list[dict[str, object]] = snapshot["values"].get("pictures", {}).get("list", [])
    return found


def hashes(on: Bench) -> tuple[str, str]:
    (one,) = pool(on.core.state)
    return one.low, one.high


async def test_the_pool_has_whoever_must_be_looked_at_with_its_deadline_as_a_place_on_the_belt(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = PictureStory(on)
        story.papers(A, B)
        story.to_judge(1, A, METAL)
        story.to_judge(2, B)
        story.after_tunnel(1, A)
        first, second = pool_in(await on.signed_in("zhang"))
        assert (first["track"], first["last4"], first["carton"]) == ("1:1", A[-6:-2], A)
        assert first["must"] == ["analyser_finding", "rule_hit"]
        assert first["low"] == story.image_of(1)
        assert (first["front_mm"], first["last_call_mm"]) == (5900, 8500 - 500 - 250)
        assert first["last_call_ms"] == story.passage(1).last_call_ms
        assert (second["must"], second["verdict"]) == (["rule_hit"], "")
        assert second["front_mm"] == XRAY.xray_exit_mm + story.inspection(2).length_mm


async def test_the_oldest_deadline_comes_first_and_a_judged_one_stays_until_its_last_call(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = PictureStory(on)
        story.papers(A, B, C)
        story.to_judge(1, A)
        story.to_judge(2, B)
        story.after_tunnel(1, A)
        page = await on.signed_in("zhang")
        calls = [one["last_call_ms"] for one in pool_in(page)]
        assert calls == sorted(calls)  # type: ignore[type-var]
        story.verdict(1, "clear")
        assert [(one["verdict"], one["verdict_by"]) for one in pool_in(page)] == [("clear", "zhang"), ("", "")]
        story.wait(20_000)
        assert "1:1" not in [one["track"] for one in pool_in(page)], "the belt has decided"


async def test_the_company_gets_nothing_of_it(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = PictureStory(on)
        story.papers(A)
        story.to_judge(1, A, METAL)
        page = await on.signed_in("li")
        assert "pictures" not in json.loads(on.live.snapshot_bytes(View.COMPANY))["values"]
        for path in (f"/api/pixels/{story.image_of(1)}", "/api/pictures/1:1"):
            answer = await page.ask("GET", path)
            assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
            assert METAL.code not in answer.text


@pytest.mark.parametrize("account", [name for name, role in PEOPLE.items() if role in (Role.OFFICER, Role.CUSTOMS_AUDITOR)])
async def test_pixels_are_what_the_machine_wrote_to_the_last_bit(tmp_path: Path, account: str) -> None:
    async with bench(tmp_path / "d") as on:
        every = np.arange(65536, dtype=np.uint16).reshape(256, 256)
        page = await on.signed_in(account)
        answer = await page.ask("GET", f"/api/pixels/{stored(on, every).sha256}", headers={"Accept-Encoding": "identity"})
        assert answer.status_code == 200
        assert (answer.headers["x-width"], answer.headers["x-height"]) == ("256", "256")
        assert answer.content == every.astype("<u2").tobytes()
        assert "content-encoding" not in answer.headers


async def test_a_picture_is_sent_as_it_is_with_a_strong_tag(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        low = drawn(1)
        path = f"/api/pixels/{stored(on, low).sha256}"
        page = await on.signed_in("zhang")
        answer = await page.ask("GET", path, headers={"Accept-Encoding": "br, gzip"})
        assert answer.content == low.tobytes()
        assert "content-encoding" not in answer.headers, "packing the noise of photons takes longer than sending it"
        preview = await page.ask("GET", f"{path}?max=16")
        tags = {one.headers["etag"] for one in (answer, preview)}
        assert len(tags) == 2
        assert not any(tag.startswith("W/") for tag in tags)
        again = await page.ask("GET", path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_a_picture_of_the_pool_is_decoded_before_a_screen_asks_and_once_for_all_who_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked: list[int] = []
    real = read_grey

    def counted(data: bytes) -> object:
        unpacked.append(len(data))
        return real(data)

    monkeypatch.setattr("controller.console.pixels.read_grey", counted)
    async with bench(tmp_path / "d") as on:
        story = PictureStory(on)
        story.papers(A)
        story.to_judge(1, A, METAL)
        low, high = (on.evidence.path(str(one)).stat().st_size for one in hashes(on))
        on.desk.values(View.COMPANY)
        await asyncio.sleep(0.05)
        assert not unpacked
        on.desk.values(View.CUSTOMS)
        async with asyncio.timeout(5):
            while len(unpacked) < 2:
                await asyncio.sleep(0.005)
        page = await on.signed_in("zhang")
        on.desk.values(View.CUSTOMS)
        for one in hashes(on):
            assert (await page.ask("GET", f"/api/pixels/{one}")).status_code == 200
        assert sorted(unpacked) == sorted((low, high))
        other = f"/api/pixels/{stored(on, drawn(9)).sha256}"
        answers = await asyncio.gather(*(page.ask("GET", f"{other}{of}") for of in ("", "", "?max=16")))
        assert [one.status_code for one in answers] == [200, 200, 200]
        assert len(unpacked) == 3


async def test_a_preview_is_small_and_the_mean_of_what_it_covers(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        low = drawn(1, 400, 200)
        page = await on.signed_in("zhang")
        answer = await page.ask("GET", f"/api/pixels/{stored(on, low).sha256}?max=100")
        assert (answer.headers["x-width"], answer.headers["x-height"]) == ("100", "50")
        small = np.frombuffer(answer.content, "<u2").reshape(50, 100)
        mean = low.reshape(50, 4, 100, 4).mean(axis=(1, 3))
        assert np.abs(small - mean).max() <= 0.5
        for wrong in ("0", "9999", "x"):
            assert (await page.ask("GET", f"/api/pixels/{'0' * 64}?max={wrong}")).status_code == 422


async def test_what_is_no_such_picture_is_refused_before_anything_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(tmp_path / "d") as on:
        unpacked: list[int] = []
        real = read_grey

        def counted(data: bytes) -> object:
            unpacked.append(len(data))
            return real(data)

        monkeypatch.setattr("controller.console.pixels.read_grey", counted)
        page = await on.signed_in("zhang")
        head = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
        huge = head + (60_000).to_bytes(4, "big") * 2 + bytes((16, 0, 0, 0, 0)) + bytes(40)
        eight_bit = stored(on, np.zeros((40, 40), np.uint8)).sha256
        refused = [on.evidence.put(data, "image/png").sha256 for data in (huge, b"no picture at all")]
        for sha256 in (*refused, eight_bit):
            answer = await page.ask("GET", f"/api/pixels/{sha256}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_a_picture")
        for sha256 in ("0" * 64, "..%2F..%2Fetc"):
            assert (await page.ask("GET", f"/api/pixels/{sha256}")).status_code == 404
        assert not unpacked


async def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        named = stored(on, drawn(1))
        path = on.evidence.path(named.sha256)
        path.chmod(0o600)
        path.write_bytes(path.read_bytes()[:-20] + bytes(20))
        answer = await (await on.signed_in("zhang")).ask("GET", f"/api/pixels/{named.sha256}")
        assert (answer.status_code, answer.json()["code"]) == (409, "evidence_changed")


async def test_too_many_pictures_at_once_are_put_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(tmp_path / "d") as on:
        monkeypatch.setattr(pixels_module, "AT_ONCE_MOST", 0)
        answer = await (await on.signed_in("zhang")).ask("GET", f"/api/pixels/{stored(on, drawn(1)).sha256}")
        assert (answer.status_code, answer.json()["code"]) == (503, "pictures_busy")


async def test_the_case_has_papers_weight_seal_rules_and_the_analysers_word_in_both_languages(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = PictureStory(on)
        story.papers(A)
        story.to_judge(1, A, METAL)
        answer = await (await on.signed_in("zhang")).ask("GET", "/api/pictures/1:1")
        found = answer.json()
        assert answer.status_code == 200, found
        assert found["low"] == {"sha256": story.image_of(1), "width": 120, "height": 90}
        assert [one["code"] for one in found["must"]] == ["analyser_finding", "rule_hit"]
        assert found["analysis"]["findings"][0]["zh"] == "金属占比高于申报货物: 金属占 41 %, 按申报可有 20 %"
        assert found["weight"] == {"scale_g": 2000, "problem": None, "declared_g": 2000, "tolerance_g": 60}
        assert found["seal"]["result"] == "agrees"
        assert (found["seal"]["expected"], found["seal"]["found"]) == (["S1"], ["S1"])
        assert found["rules"] == [{"rule": "R7", "zh": "陶瓷花瓶", "en": "陶瓷花瓶"}]
        assert found["declaration"]["goods"][0]["name"] == "花瓶"
        assert found["declaration"]["receipts"] == [{"status": "800", "meaning": "released", "time": "20261123090000000"}]
        assert (found["verdict"], found["ordered"]) == (None, None)


async def test_the_case_shows_what_was_found_at_the_seals_in_a_look_before(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = PictureStory(on)
        story.papers(A)
        story.to_judge(1, A, METAL)
        check, broken = on.core.state.seal_checks["L1"], EvidenceNamed("bb" * 32, 1, "broken.jpg")
        look = CameraLook("dock", "before", "broken", ("S0",), (broken,), at_ms=1)
        on.core.state.seal_checks["L1"] = replace(check, earlier=(look,), scanned_before=("S9",))
        seal = (await (await on.signed_in("zhang")).ask("GET", "/api/pictures/1:1")).json()["seal"]
        assert (seal["result"], seal["found"], seal["photos"]) == ("seal_broken", ["S9", "S1", "S0"], [broken.sha256])


async def test_what_the_line_does_not_know_is_null_and_named(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = PictureStory(on)
        story.papers(A)
        story.to_judge(1, A)
        page = await on.signed_in("ke")
        found = (await page.ask("GET", "/api/pictures/1:1")).json()["declaration"]
        assert (found["shipper"], found["consignee"]) == (None, None), "no list that the line is sent names a person"
        for name in found["not_known"]:
            holder = found["goods"][0] if name.startswith("goods.") else found
            assert holder[name.removeprefix("goods.")] is None
        assert (await page.ask("GET", "/api/pictures/1:99")).status_code == 404


async def test_a_carton_of_several_has_no_declared_weight_of_its_own(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = PictureStory(on)
        story.papers(A)
        story.to_judge(1, A)
        key = story.passage(1).carton
        found = story.state.lists[story.state.cartons[key].list_key]
        story.state.lists[found.key] = replace(found, declared=replace(found.declared, pack_no=2))
        answer = await (await on.signed_in("zhang")).ask("GET", "/api/pictures/1:1")
        assert answer.json()["weight"]["declared_g"] is None


async def test_earlier_cartons_of_the_same_goods_stand_beside_it_with_what_became_of_them(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = PictureStory(on)
        story.papers(A, B)
        story.to_judge(1, A)
        story.verdict(1, "clear")
        story.after_tunnel(1, A)
        story.answer()
        story.divert(1, 3)
        story.to_judge(2, B)
        found = (await (await on.signed_in("zhang")).ask("GET", "/api/pictures/1:2")).json()["earlier"]
        assert [(one["track"], one["verdict"], one["outcome"]) for one in found] == [("1:1", "clear", "release")]
        assert found[0]["low"] == story.image_of(1)


async def test_the_pool_is_sent_only_when_it_changes(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = PictureStory(on)
        story.papers(A)
        story.to_judge(1, A)
        page = await on.signed_in("zhang")
        before: dict[str, Value] = {"pictures": {"list": pool_in(page)}}
        story.wait(100)
        assert not changed(before, {"pictures": {"list": pool_in(page)}})
