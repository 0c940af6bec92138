"""Alarms on the operator's screens: seen from everywhere, never taken away by being acknowledged."""

import re

import pytest
from playwright.async_api import expect

from controller.domain.reasons import Role
from controller.line.events import DeviceDown, DeviceUp
from tests.browser.conftest import Console, Opener
from tests.browser.test_overview import operator

pytestmark = pytest.mark.browser


async def test_an_alarm_is_in_the_header_and_stays_in_the_list_when_it_is_acknowledged(window: Opener, console: Console) -> None:
    await console.plc.synced()
    one = await operator(window)
    await console.on.core.submit(DeviceDown("scale", "unplugged", "no answer"), actor="scale", role=Role.LINE)
    bar = one.page.locator("line-header .alarm")
    await expect(bar).to_have_class(re.compile(r"\bp[123]\b"))
    await bar.click()
    row = one.page.locator(".alarm-row", has_text="scale")
    await expect(row).to_contain_text("未确认")
    await expect(row).to_contain_text("检查电源与连线")
    await expect(row.get_by_role("button", name="搁置")).to_have_count(0)
    await row.get_by_role("button", name="确认").click()
    await expect(row).to_contain_text("已确认, 仍存在")
    await expect(row).to_contain_text("li")
    await expect(row.get_by_role("button", name="确认")).to_be_disabled()
    await console.on.core.submit(DeviceUp("scale"), actor="scale", role=Role.LINE)
    await expect(row).to_have_count(0)


async def test_a_shift_lead_puts_an_alarm_aside_for_a_while_and_takes_it_back(window: Opener, console: Console) -> None:
    await console.plc.synced()
    one = await operator(window, "ban")
    await console.on.core.submit(DeviceDown("scale", "unplugged", "no answer"), actor="scale", role=Role.LINE)
    await one.page.keyboard.press("F4")
    await one.page.locator(".alarm-row", has_text="scale").get_by_role("button", name="搁置").click()
    sheet = one.page.locator(".sheet")
    await expect(sheet).not_to_contain_class("dead")  # what opens under a finger takes nothing at first
    await sheet.get_by_role("button", name="30 分钟").click()
    await sheet.get_by_role("button", name="设备检修中").click()
    await sheet.locator("button.primary").click()
    row = one.page.locator(".alarm-row", has_text="scale")
    await expect(row).to_have_count(0)
    await expect(one.page.locator("line-header .alarm")).not_to_contain_text("scale")
    await one.page.get_by_role("button", name="搁置·抑制·停用 1").click()
    await expect(row).to_contain_text("ban 搁置")
    await expect(row).to_contain_text("设备检修中")
    await row.get_by_role("button", name="取消搁置").click()
    await one.page.get_by_role("button", name="当前").click()
    await expect(row).to_contain_text("设备断开")


async def test_an_alarm_out_of_service_is_listed_apart_and_at_the_handover_and_the_history_says_by_whom(
    window: Opener, console: Console
) -> None:
    await console.plc.synced()
    one = await operator(window, "ban")
    await console.on.core.submit(DeviceDown("scale", "unplugged", "no answer"), actor="scale", role=Role.LINE)
    await one.page.keyboard.press("F4")
    row = one.page.locator(".alarm-row", has_text="scale")
    await row.get_by_role("button", name="停用").click()
    sheet = one.page.locator(".sheet")
    await expect(sheet).to_contain_text("不会自动恢复")
    await expect(sheet).not_to_contain_class("dead")
    await sheet.get_by_role("button", name="设备已拆下").click()
    await sheet.locator("button.primary").click()
    await expect(row).to_have_count(0)
    await one.value("location.hash = 'handover'")
    await expect(one.page.locator(".handover-open")).to_contain_text("设备已拆下")
    await one.page.keyboard.press("F4")
    await one.page.locator("[data-key=tab-apart]").click()
    await expect(row).to_contain_text("ban 停用")
    await row.get_by_role("button", name="恢复启用").click()
    await expect(row).to_have_count(0)
    await one.page.locator("[data-key=tab-history]").click()
    became = one.page.locator(".history li", has_text="scale")
    await expect(became.first).to_contain_text("恢复启用")
    await expect(became.nth(1)).to_contain_text("ban")
    await expect(became.nth(1)).to_contain_text("设备已拆下")
    await expect(became.last).to_contain_text("发生")
