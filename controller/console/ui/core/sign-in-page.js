/**
 * The sign-in page: badge and PIN at a touchscreen, account and password at a desk. Stop works here too.
 *
 * Promises: nothing typed is kept; a badge reader that types like a keyboard fills in the badge and goes on to the PIN; who is signed in
 * is led to the page of the own work (or to `?to=` a page, there to the `?carton=` that another line's page sent them for).
 */
import "./report.js";
import "./wedge.js";
import "./line-header.js";
import "./stop-button.js";
import "./key-pad.js";
import "./demo-people.js";
import { homeOf, PAGES } from "./pages.js";
import { recall, remember, wantedCarton } from "./place.js";
import { session } from "./session.js";
import { h, View } from "./view.js";
import { said, sentences, t, words } from "./words.js";

/** Where this person works, or the page that led here to sign in. */
export function home() {
  const wanted = new URLSearchParams(location.search).get("to");
  const carton = wantedCarton();
  if (wanted === "officer" && carton && session.customs) return `/officer?carton=${encodeURIComponent(carton)}`;
  if (wanted && PAGES.includes(wanted)) return `/${wanted}`;
  return homeOf(session.role);
}

class SignIn extends View {
  #way = recall("sign-in") === "password" ? "password" : "badge";
  #fault = "";
  #busy = false;
  /** @type {HTMLInputElement|null} */
  #field = null;

  /** @param {"badge"|"password"} way */
  #choose(way) {
    this.#way = way;
    this.#fault = "";
    this.#field = null;
    remember("sign-in", way);
    this.draw();
    this.querySelector("input")?.focus();
  }

  /** @param {Event} [event] */
  async #send(event) {
    event?.preventDefault();
    if (this.#busy) return;
    const [first, second] = [...this.querySelectorAll("input")];
    if (!first?.value) return first?.focus();
    if (!second?.value) {
      this.#field = second ?? null;
      this.#pad()?.padFor(second ?? null);
      return second?.focus();
    }
    this.#busy = true;
    this.#fault = "";
    this.draw();
    const proof = this.#way === "badge" ? { badge: first.value.trim(), pin: second.value } : { account: first.value.trim(), password: second.value };
    const { status, body } = await session.signIn(proof);
    this.#busy = false;
    second.value = "";
    if (status === 200) return location.assign(home());
    const { what, next } = status === 0 ? { what: t("no_answer.sign_in"), next: t("no_answer.sign_in.next") } : said(body);
    this.#fault = sentences(what, next);
    this.draw();
    second.focus();
  }

  /** @returns {any} */
  #pad() {
    return this.querySelector("key-pad");
  }

  /** @param {FocusEvent} event */
  #focused(event) {
    this.#field = event.target instanceof HTMLInputElement ? event.target : null;
    this.#pad()?.padFor(this.#field);
    this.#pad()?.setAttribute("kind", this.#kind());
  }

  #kind() {
    return this.#way === "badge" && this.#field?.id !== "badge" ? "digits" : "letters";
  }

  draw() {
    const badge = this.#way === "badge";
    const names = badge ? ["badge", "pin"] : ["account", "password"];
    this.render(
      h("div", { class: "ways", role: "group", "aria-label": t("sign_in.way") },
        ["badge", "password"].map((way) => h("button", { type: "button", class: "tab", "aria-pressed": String(way === this.#way), onclick: () => this.#choose(way === "badge" ? "badge" : "password") }, t(`sign_in.${way}`)))),
      h("form", { class: "sign-in", onsubmit: (/** @type {Event} */ event) => void this.#send(event), onfocusin: (/** @type {FocusEvent} */ event) => this.#focused(event), "data-key": this.#way },
        names.map((name, place) => h("div", { class: "field" },
          h("label", { for: name }, t(`field.${name}`)),
          h("input", { id: name, type: place ? "password" : "text", autocomplete: "off", spellcheck: "false", maxlength: place ? 128 : 64, "data-scan": true, inputmode: badge ? "none" : null, "aria-describedby": "fault" }))),
        h("p", { class: "fault", id: "fault", role: "alert" }, this.#fault),
        h("button", { type: "submit", class: "primary", disabled: this.#busy }, t(this.#busy ? "sign_in.checking" : "sign_in"))),
      badge && h("key-pad", { kind: this.#kind(), ondone: () => void this.#send() }),
    );
  }
}
customElements.define("sign-in", SignIn);

document.body.prepend(
  h("line-header"),
  h("main", { class: "sign-in-page" }, h("demo-people", { "onsigned-in": () => location.assign(home()) }), h("h1", null, ""), h("sign-in")),
  h("footer", { class: "controls" }, h("stop-button")),
);
const title = /** @type {HTMLElement} */ (document.querySelector("h1"));
const retitle = () => {
  title.textContent = t("sign_in.title");
  document.title = t("sign_in.title");
};
retitle();
words.addEventListener("language", retitle);
await session.refresh();
if (session.account && !session.locked) location.replace(home());
else document.querySelector("input")?.focus();
