/**
 * The set-up page: a person sets the own secrets with a one-time token.
 *
 * Promises: the token comes in the fragment of the address (`/set-up#TOKEN`), which no server, log or proxy sees, and is taken out of the
 * address at once; it can be typed, too. Account, name and badge are asked for while the box is ticked that says that the token makes the
 * first account of an organisation: the person knows which token it is, this page does not. Nothing typed is kept.
 */
import "./wedge.js";
import "./line-header.js";
import "./stop-button.js";
import { ask } from "./session.js";
import { h, View } from "./view.js";
import { said, sentences, t, words } from "./words.js";

const token = decodeURIComponent(location.hash.slice(1));
if (location.hash) history.replaceState(null, "", location.pathname + location.search);

const FIELDS = /** @type {const} */ (["token", "account", "name", "badge", "password", "password_again", "pin", "pin_again"]);
const HIDDEN = new Set(["password", "password_again", "pin", "pin_again"]);

class SetUp extends View {
  #fault = "";
  #busy = false;
  #done = "";
  #first = true;

  /** @param {Event} event */
  async #send(event) {
    event.preventDefault();
    if (this.#busy) return;
    /** @type {Record<string, string>} */
    const typed = {};
    for (const input of this.querySelectorAll("input")) if (input.type !== "checkbox") typed[input.id] = HIDDEN.has(input.id) ? input.value : input.value.trim();
    if (typed.password !== typed.password_again || (typed.pin ?? "") !== (typed.pin_again ?? "")) return this.#say(t("set_up.differ"));
    const { password_again: _one, pin_again: _other, ...body } = typed;
    this.#busy = true;
    this.#say("");
    const answer = await ask("POST", "/api/set-up", body);
    this.#busy = false;
    if (answer.status === 200) {
      this.#done = answer.body.account;
      return this.draw();
    }
    const { what, next } = said(answer.body);
    this.#say(sentences(what, next));
  }

  /** @param {string} fault */
  #say(fault) {
    this.#fault = fault;
    this.draw();
  }

  draw() {
    if (this.#done) {
      return this.render(h("p", { class: "done", role: "status" }, t("set_up.done", { account: this.#done })), h("a", { href: "/", class: "primary" }, t("set_up.to_sign_in")));
    }
    const fields = FIELDS.filter((name) => this.#first || !["account", "name", "badge"].includes(name));
    this.render(h("form", { class: "set-up", onsubmit: (/** @type {Event} */ event) => void this.#send(event) },
      h("p", { class: "hint" }, t("set_up.hint")),
      h("label", { class: "check" },
        h("input", { type: "checkbox", id: "first", checked: true, onchange: (/** @type {any} */ event) => { this.#first = event.target.checked; this.draw(); } }), t("set_up.first")),
      fields.map((name) => h("div", { class: "field", "data-key": name },
        h("label", { for: name }, t(`field.${name}`)),
        h("input", { id: name, type: HIDDEN.has(name) ? "password" : "text", value: name === "token" ? token : null, autocomplete: "off", spellcheck: "false", maxlength: 128, "data-scan": true, "aria-describedby": "fault", required: !["badge", "pin", "pin_again"].includes(name) }))),
      h("p", { class: "fault", id: "fault", role: "alert" }, this.#fault),
      h("button", { type: "submit", class: "primary", disabled: this.#busy }, t("set_up.send"))));
  }
}
customElements.define("set-up", SetUp);

const title = h("h1");
document.body.prepend(
  h("line-header"),
  h("main", { class: "set-up-page" }, title, h("set-up")),
  h("footer", { class: "controls" }, h("stop-button")),
);
const retitle = () => {
  title.textContent = t("set_up.title");
  document.title = t("set_up.title");
};
retitle();
words.addEventListener("language", retitle);
