"""Custody places at the console: what stands where and how the last count went, to each organisation what it may know."""

from pathlib import Path
from typing import Any

from controller.domain.reasons import Role
from controller.line.custody_events import StockTaken
from tests.browser.bench_story import A, B, C, D, kept_cartons
from tests.console.bench import Bench, Page, bench


class Has:
    def __init__(self, on: Bench) -> None:
        self.on = on


async def places(page: Page, place: str = "") -> dict[str, Any]:
    answer = await page.ask("GET", "/api/custody-places", params={"place": place} if place else None)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_place_has_what_should_stand_there_and_the_differences_of_its_last_count(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        await kept_cartons(Has(on))
        li = await on.signed_in("li")
        told = await places(li)
        assert {one["place"]: one["n"] for one in told["places"]} == {"扣留笼 1": 2, "退运托盘": 1, "货架 A-03": 1}
        cage = next(one["taken"] for one in told["places"] if one["place"] == "扣留笼 1")
        assert (cage["by"], cage["counted"], cage["differs"], cage["missing"]) == ("Li", 3, True, [B])
        assert (cage["elsewhere"], cage["unknown"]) == ([[C, "退运托盘"]], ["XX99"])
        assert [one["carton"] for one in (await places(li, "扣留笼 1"))["list"]] == [A, B]
        assert next(one["taken"] for one in told["places"] if one["place"] == "退运托盘") is None
        status, answer = await li.act("stock-take", place="退运托盘", codes=C)
        assert status == 200, answer
        told = await places(li)
        assert next(one["taken"]["differs"] for one in told["places"] if one["place"] == "退运托盘") is False


async def test_the_company_hears_neither_who_of_customs_counted_nor_why_a_carton_is_kept(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        await kept_cartons(Has(on))
        await on.core.submit(StockTaken("货架 A-03", (D,)), actor="zhang", role=Role.OFFICER)
        for account, name in (("li", ""), ("ke", "Zhang")):
            told = await places(await on.signed_in(account))
            assert next(one["taken"]["by"] for one in told["places"] if one["place"] == "货架 A-03") == name
            assert {key for one in told["list"] for key in one} == {"carton", "place", "ms"}
