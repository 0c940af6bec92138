/**
 * `<line-header>`: what every screen shows at its top: the line in one word, the highest alarm nobody acknowledged, how many of each
 * priority, how old the data is, whether sound is off, mode, who is signed in, the time, language and light.
 *
 * Promises: it never scrolls; it draws without a session, without a link and in both languages; a lost link takes the whole width
 * below it. `nav` (property) = [{key, label, current, go, kind}] of the page; `kind` calls (wants a person) or loud. Fires `alarms` when the alarm bar is touched.
 */
import { belt } from "./belt-state.js";
import { priorityMark } from "./icons.js";
import { pagesOf } from "./pages.js";
import { LINE, light, MODE, setLight } from "./place.js";
import { valueOf } from "./quality.js";
import { session } from "./session.js";
import { prove } from "./prove.js";
import { sheet } from "./sheet.js";
import { calledElsewhere, sound } from "./sound.js";
import { stream } from "./stream.js";
import { h, View } from "./view.js";
import { kept, language, lasted, reason, setLanguage, t } from "./words.js";

/** @typedef {{key: string, label: string, current?: boolean, kind?: "calls"|"loud", go: () => void}} NavItem */

const PRIORITIES = [1, 2, 3, 4];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const WAITS = new Set(["unacked", "returned"]);

/** States of an alarm that somebody put aside, or that follows from another. */
export const ASIDE = new Set(["shelved", "suppressed", "out_of_service"]);

/** Alarms that are shown: none of ASIDE; highest first. @returns {any[]} */
export function standing() {
  const list = stream.state?.values.alarms?.list ?? [];
  return urgentFirst(list.filter((/** @type {any} */ one) => !ASIDE.has(one.state)));
}

/** The same, with what calls from other lines of the site. @returns {any[]} */
export function standingAnywhere() {
  return urgentFirst([...standing(), ...calledElsewhere()]);
}

/** @param {any[]} list */
function urgentFirst(list) {
  return list.sort((a, b) => Number(WAITS.has(b.state)) - Number(WAITS.has(a.state)) || a.priority - b.priority || a.since_ms - b.since_ms);
}

class LineHeader extends View {
  static wants = ["line", "alarms", "belt", "lines"];
  /** @type {NavItem[]} */
  #nav = [];

  /** @param {NavItem[]} items */
  set nav(items) {
    this.#nav = items;
    if (this.isConnected) this.redraw();
  }

  /** @param {AbortSignal} signal */
  connected(signal) {
    const timer = setInterval(() => this.#tick(), 200);
    signal.addEventListener("abort", () => clearInterval(timer));
    addEventListener("xiyong-light", () => this.redraw(), { signal });
    sound.addEventListener("change", () => this.redraw(), { signal });
  }

  draw() {
    const word = belt().word;
    this.render(
      h("div", { class: "bar top" },
        h("div", { class: "line-state", "data-word": word },
          h("span", { class: "line-name" }, stream.state?.line ?? LINE),
          valueOf(h("strong"), stream.state ? t(`belt.${word}`) : "")),
        session.account ? [this.#alarm(), h("ol", { class: "priorities" }, PRIORITIES.map((one) => this.#count(one)))] : null),
      h("div", { class: "bar below" },
        h("nav", { "aria-label": t("nav") }, this.#nav.map((one) => h("button", {
          type: "button", class: one.kind ? `tab ${one.kind}` : "tab", "aria-current": one.current ? "page" : null, "data-key": `nav-${one.key}`, onclick: one.go,
        }, one.label))),
        h("div", { class: "facts" },
          h("span", { class: "age", "data-link": stream.link, "data-own": true }),
          this.#sound(),
          this.#mode(),
          h("time", { class: "clock", "data-own": true })),
        h("div", { class: "choices" },
          h("button", { type: "button", class: "who", "aria-haspopup": session.account ? "dialog" : null, onclick: () => void this.#person() },
            h("span", { class: "name" }, session.account && h("span", { class: "menu", "aria-hidden": "true" }, "☰ "), session.account ? session.name : t("who.nobody")),
            h("span", { class: "role" }, session.account ? (session.locked ? t("who.locked") : t(`role.${session.role}`)) : t("who.sign_in"))),
          h("button", { type: "button", class: "small", lang: language() === "en" ? "zh-CN" : "en", onclick: () => setLanguage(language() === "en" ? "zh" : "en") },
            language() === "en" ? "中文" : "EN"),
          h("button", { type: "button", class: "small", onclick: () => setLight(light() === "day" ? "night" : "day") },
            light() === "day" ? t("light.night") : t("light.day")))),
      this.#linkBar(),
    );
    this.#tick();
  }

  #alarm() {
    const all = standingAnywhere();
    const first = all[0];
    const count = all.length;
    const go = () => this.dispatchEvent(new CustomEvent("alarms", { bubbles: true }));
    if (!first) {
      const quiet = stream.state?.values.alarms ? t("alarms.none") : "";
      return h("button", { type: "button", class: "alarm none", onclick: go }, valueOf(h("span", { class: "what" }), quiet, { quiet: true }));
    }
    const text = reason(first.code).what;
    return h("button", { type: "button", class: `alarm p${first.priority}`, "data-state": first.state, onclick: go },
      priorityMark(first.priority),
      h("span", { class: "what", role: first.priority <= 2 ? "alert" : "status" }, text),
      first.state === "returned" && h("span", { class: "state" }, t("alarms.returned")),
      h("span", { class: "where" }, kept(first.where)),
      valueOf(h("span", { class: "since", "data-own": true, "data-since": first.since_ms }), " ", { quiet: true }),
      count > 1 && h("span", { class: "more" }, t("alarms.more", { n: count - 1 })));
  }

  /** @param {number} priority */
  #count(priority) {
    const known = stream.state?.values.alarms;
    const n = standingAnywhere().filter((one) => one.priority === priority).length;
    return h("li", { class: n ? `p${priority}` : "zero", "aria-label": t(`priority.${priority}`) },
      priorityMark(priority), valueOf(h("span", { class: "n" }), known ? n : undefined, { quiet: true }));
  }

  /** That nothing would be heard, or that somebody silenced what calls; nothing while sound is as it should be. */
  #sound() {
    if (!session.account) return null;
    if (!sound.on) return h("span", { class: "sound off", role: "status" }, t("sound.off"));
    return sound.silenced && h("span", { class: "sound", role: "status" }, t("sound.silenced"));
  }

  #mode() {
    if (MODE === "simulation") return h("strong", { class: "mode striped" }, t("mode.simulation"));
    const { local, word } = belt();
    return stream.state && valueOf(h("span", { class: "mode" }), word === "unknown" ? "" : t(local ? "mode.local" : "mode.automatic"), { quiet: true });
  }

  #linkBar() {
    if (!session.account || (stream.link !== "lost" && stream.link !== "resync")) return null;
    return h("div", { class: "link-bar", role: "alert", "data-link": stream.link },
      h("strong", null, t(`link.${stream.link}`)), h("span", { class: "link-age", "data-own": true }), h("span", null, t(`link.${stream.link}.means`)));
  }

  /** What grows older by itself. Nothing is written that stands there already: each writing is laid out and painted. */
  #tick() {
    const age = this.querySelector(".age");
    if (age) {
      if (age.getAttribute("data-link") !== stream.link) age.setAttribute("data-link", stream.link);
      const s = stream.ageMs() / 1000;
      write(age, !session.account ? "" : stream.link === "connecting" ? t("age.never") : t("age", { s: s < 10 ? s.toFixed(1) : Math.round(s) }));
    }
    write(this.querySelector(".link-age"), lasted(stream.ageMs()));
    const since = this.querySelector(".since");
    if (since instanceof HTMLElement) write(since, lasted(stream.lineMs() - Number(since.dataset.since)));
    const now = new Date();
    const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
    write(this.querySelector("time"), `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())} ${t(`day.${DAYS[now.getDay()]}`)} ${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`);
  }

  async #person() {
    if (!session.account) {
      location.assign("/");
      return;
    }
    if (session.locked) return void (await prove());
    const does = await sheet(t("who.title", { name: session.name }), (close) => [
      h("p", null, t(`role.${session.role}`), " · ", session.account),
      h("nav", { class: "pages", "aria-label": t("who.pages") }, pagesOf(session.role).map(({ key, beside }) => h("a", {
        class: "primary", href: `/${key}`, "data-key": `page-${key}`, target: beside ? "_blank" : null, rel: beside ? "noopener" : null,
        "aria-current": key === document.documentElement.dataset.page ? "page" : null,
      }, t(`page.${key}`), beside && " ↗"))),
      h("div", { class: "row apart" },
        h("button", { type: "button", class: "primary", onclick: () => close("lock") }, t("who.lock")),
        h("button", { type: "button", class: "primary", onclick: () => close("out") }, t("who.sign_out"))),
    ], { kind: "narrow" });
    if (does === "lock") await session.lock();
    if (does === "out") {
      await session.signOut();
      location.assign("/");
    }
  }
}
customElements.define("line-header", LineHeader);

/** @param {Element|null} el @param {string} text */
function write(el, text) {
  if (el && el.textContent !== text) el.textContent = text;
}
