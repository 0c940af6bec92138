"""From the first page to the own screen, with nothing in the browser's console and nothing asked from elsewhere."""

import contextlib
import re

import pytest
from playwright.async_api import Error

from tests.browser.conftest import Console, Opener
from tests.console.bench import PASSWORD, PIN

pytestmark = pytest.mark.browser


async def test_each_organisation_is_led_to_its_own_screen(window: Opener) -> None:
    operator, officer = await window(), await window()
    await operator.sign_in_by_hand("li", PASSWORD)
    await officer.sign_in_by_hand("zhang", PASSWORD)
    assert "/operator.html" in operator.page.url
    assert "/officer.html" in officer.page.url
    for one, name in ((operator, "Li"), (officer, "Zhang")):
        await one.page.locator(".who", has_text=name).wait_for()
        await one.page.locator("html[data-link=live]").wait_for()


async def test_at_a_touchscreen_badge_and_pin_go_in_by_the_keys_on_the_page(window: Opener) -> None:
    one = await window(has_touch=True)
    await one.go("/")
    await one.page.locator("#badge").tap()
    for key in "B-":
        await one.page.locator(f"key-pad [data-does='{key}']").tap()
    await one.page.locator("#badge").press_sequentially("li")
    await one.page.locator("#pin").tap()
    for digit in PIN:
        await one.page.locator(f"key-pad [data-does='{digit}']").tap()
    await one.page.locator("key-pad [data-does=done]").tap()
    await one.page.wait_for_url(re.compile("/operator"))


async def test_a_wrong_secret_is_answered_in_words_and_nothing_typed_stays(window: Opener) -> None:
    one = await window()
    await one.go("/")
    await one.page.get_by_role("button", name="账号 + 密码").click()
    await one.page.locator("#account").fill("li")
    await one.page.locator("#password").fill("not the right one")
    await one.page.locator("#password").press("Enter")
    await one.page.locator(".fault", has_text="账号或口令不符").wait_for()
    assert await one.page.locator("#password").input_value() == ""


async def test_a_wrong_secret_is_cleared_and_the_next_goes_in_by_enter(window: Opener, console: Console) -> None:
    one = await window()
    await one.sign_in_by_hand("li", PASSWORD)
    await one.page.locator(".who", has_text="Li").click()
    await one.page.wait_for_timeout(450)  # its buttons are dead at first
    await one.page.get_by_role("button", name="锁定").click()
    await one.page.locator(".who", has_text="已锁定").click()
    proof = one.page.locator("#proof")
    await proof.press_sequentially("not the right one")
    await proof.press("Enter")
    await one.page.locator("#proof-fault", has_text=re.compile(".")).wait_for()
    assert await proof.input_value() == ""
    await one.page.wait_for_timeout(2500)  # so long the service takes no other
    await one.page.keyboard.type(PASSWORD)
    await one.page.keyboard.press("Enter")
    await proof.wait_for(state="detached")
    await one.page.locator(".who", has_text="已锁定").wait_for(state="detached")


async def test_a_service_that_is_away_is_said_in_words_on_a_sheet_too(window: Opener, console: Console) -> None:
    one = await window()
    one.link_may_fail = True
    await one.sign_in_by_hand("li", PASSWORD)
    await one.page.locator("html[data-link=live]").wait_for()
    await one.page.locator(".who", has_text="Li").click()
    await one.page.wait_for_timeout(450)
    await one.page.get_by_role("button", name="锁定").click()
    await one.page.locator(".who", has_text="已锁定").click()
    await console.shut()
    await one.page.locator("#proof").press_sequentially(PIN)
    await one.page.locator("#proof").press("Enter")
    fault = one.page.locator("#proof-fault", has_text="未收到答复")
    await fault.wait_for(timeout=12000)
    assert "no_answer" not in await fault.inner_text()


async def test_a_one_time_token_comes_in_the_fragment_which_no_server_sees(window: Opener, console: Console) -> None:
    asked: list[str] = []
    token = await console.on.identity.invite("company", "li", "ban")
    one = await window()
    one.page.on("request", lambda request: asked.append(request.url + (request.post_data or "")))
    await one.go(f"/set-up#{token}")
    assert await one.page.locator("#token").input_value() == token
    assert token not in await one.value("location.href")
    await one.page.locator("#first").uncheck()
    for name in ("password", "password_again"):
        await one.page.locator(f"#{name}").fill("another long enough one")
    await one.page.locator("form button.primary").click()
    await one.page.locator(".done", has_text="li").wait_for()
    assert [url.partition("{")[0] for url in asked if token in url] == [f"{console.on.place.origin}/api/set-up"]
    await one.sign_in_by_hand("li", "another long enough one")


async def test_the_watch_over_a_window_can_fail(window: Opener) -> None:
    one = await window()
    await one.go("/")
    await one.value("document.body.setAttribute('style', 'color: red')")
    await one.value("fetch('http://127.0.0.1:9/').catch(() => 0)")
    await one.value("document.body.append('⟦no.such.key⟧')")
    faults = " ".join(one.faults)
    assert "style-src" in faults
    assert "connect-src" in faults
    with pytest.raises(AssertionError, match=r"no\.such\.key"):
        await one.check()
    with contextlib.suppress(Error):
        await one.page.goto("http://127.0.0.1:9/")
    assert "request to http://127.0.0.1:9/" in one.faults
    one.faults.clear()
    await one.page.close()
