"""A window of Debian's Chromium on the console's pages, and what may never happen in one.

One rule: an error in the browser's console, a script that fails, a breach of the page's policy, a text without words or a
request to anything but the two ports fails the test, whatever it is about.
"""

import os
import re
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Error, Page, Request

from controller.console.web import Place

# The browser's own windows come and go as targets that the driver does not know, and take a page of ours with them.
WITHOUT = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "OmniboxAimPopup", "Translate", "MediaRouter",
    "OptimizationHints", "HttpsUpgrades", "SpareRendererForSitePerProcess",
)  # fmt: skip
ARGUMENTS = [
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--no-first-run", f"--disable-features={','.join(WITHOUT)}",
]  # fmt: skip
CHROMIUM = "/usr/bin/chromium"
# Each language and each light; every pair of them with LOOK=all.
PAIRS = (("zh", "day"), ("en", "night"), ("zh", "night"), ("en", "day"))
LOOKS = PAIRS if os.environ.get("LOOK") == "all" else PAIRS[:2]
# The browser itself says of a refused request that it failed; these are answers a page is written for.
EXPECTED_STATUS = re.compile(r"the server responded with a status of (401|403|409|423|429)")
# What the driver says of a script whose page went away under it.
LED_ELSEWHERE = "Execution context was destroyed"
LED_AT_MOST = 5
PARSED_ASKED_MS = 20
HOMES = {"operator": "/operator", "shift_lead": "/operator", "integrator": "/integrator", "officer": "/officer",
    "section_chief": "/lead", "customs_auditor": "/story"}  # fmt: skip
POLICY = "addEventListener('securitypolicyviolation', (e) => console.error('policy', e.violatedDirective, e.blockedURI));"


class Window:
    """One page of a browser, watched."""

    def __init__(self, page: Page, place: Place) -> None:
        self.page = page
        self.place = place
        self.faults: list[str] = []
        self.also: tuple[Place, ...] = ()  # consoles of other lines, where a person may be led
        self.link_may_fail = False
        self.sound_may_be_refused = False  # a named kiosk asks for sound at once; this browser is not told to allow it
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", self._asked)

    @classmethod
    async def open(cls, context: BrowserContext, place: Place) -> "Window":
        page = await context.new_page()
        await page.add_init_script(POLICY)
        return cls(page, place)

    def _said(self, message: ConsoleMessage) -> None:
        text = message.text
        if (
            message.type not in ("error", "warning")
            or EXPECTED_STATUS.search(text)
            or "GL Driver Message (OpenGL, Performance" in text
        ):
            return  # the last is the software renderer's word on its own speed
        if self.sound_may_be_refused and "AudioContext was not allowed to start" in text:
            return
        if self.also and "img-src" in text and "/icon.svg" in text:
            return  # led to another line's console: the mark of the page that is left is asked for under the new one's policy
        if self.link_may_fail and ("ERR_" in text or "status of 5" in text):
            return
        self.faults.append(f"{message.type}: {text}")

    def _asked(self, request: Request) -> None:
        places = [f"{origin}/" for place in (self.place, *self.also) for origin in (place.origin, place.acts_origin)]
        if not request.url.startswith((*places, "blob:", "data:", "about:")):
            self.faults.append(f"request to {request.url}")

    async def check(self) -> None:
        """Nothing that may never happen has happened."""
        text = "" if self.page.is_closed() else await self.value("document.body ? document.body.innerText : ''")
        assert "⟦" not in text, re.findall("⟦.*?⟧", text)
        assert not self.faults, self.faults

    async def go(self, path: str = "/") -> None:
        await self.page.goto(f"{self.place.origin}{path}")

    async def sign_in(self, account: str, password: str, path: str = "") -> None:
        """Signed in, and on that page or on the one of the own work, without the page for it."""
        origin = self.place.origin
        said = {"account": account, "password": password}
        answer = await self.page.context.request.post(f"{origin}/api/session", data=said, headers={"Origin": origin})
        assert answer.ok, await answer.text()
        role = (await answer.json())["role"]
        await self.go(path or HOMES[role])

    async def sign_in_by_hand(self, account: str, password: str) -> None:
        """At a desk: account and password, typed; the page of the own work has been touched from then on, so it may sound."""
        await self.go("/")
        if not await self.page.locator("#account").count():
            await self.page.get_by_role("button", name=re.compile("账号|Account")).click()
        await self.page.locator("#account").fill(account)
        await self.page.locator("#password").fill(password)
        await self.page.locator("#password").press("Enter")
        await self.page.wait_for_url(re.compile("/ui/.+/(operator|officer|lead|story|integrator)"))

    async def value(self, script: str, argument: Any = None) -> Any:
        """What a script says on the page that is there. A page may lead itself elsewhere at any moment (a role taken away, a
        session that ended, a new build): then the one that it leads to is asked.
        """
        for _ in range(LED_AT_MOST):
            try:
                return await self.page.evaluate(script, argument)
            except Error as error:
                if LED_ELSEWHERE not in error.message:
                    raise
                # The load state may still be the one of the page that was left: the page that came says itself that it is read.
                await self.page.wait_for_function("document.readyState !== 'loading'", polling=PARSED_ASKED_MS)
        return await self.page.evaluate(script, argument)
