/**
 * The made-up people of a simulation: one click signs in as one of them, one click proves again. Only where the service offers them.
 *
 * Promises: nothing is asked and nothing is drawn in a line that is no simulation; a service without made-up people shows none.
 */
import { MODE } from "./place.js";
import { ask, session } from "./session.js";
import { h, View } from "./view.js";
import { said, t } from "./words.js";

/** @type {{account: string, name: string, role: string}[]} */
let people = [];
/** @type {Promise<void>|null} */
let asked = null;

function offered() {
  asked ??= ask("GET", "/api/demo/people").then(({ status, body }) => {
    if (status === 200) people = body.people;
  });
  return asked;
}

/** Whether the person of this session is one of them. */
export function isMadeUp() {
  return people.some((one) => one.account === session.account);
}

/** Who can be chosen here, and nobody where the service offers none. */
export function madeUpPeople() {
  return people;
}

class DemoPeople extends View {
  #fault = "";

  connected() {
    if (MODE === "simulation") void offered().then(() => this.redraw());
  }

  /** @param {string} account */
  async #choose(account) {
    const { status, body } = await session.signInAs(account);
    if (status === 200) {
      this.dispatchEvent(new CustomEvent("signed-in", { bubbles: true }));
      return;
    }
    this.#fault = status === 0 ? t("no_answer.sign_in") : said(body).what;
    this.draw();
  }

  draw() {
    this.hidden = people.length === 0;
    if (this.hidden) return this.render();
    this.render(
      h("h2", null, t("demo.people")),
      h("p", { class: "dim" }, t("demo.people.means")),
      h("div", { class: "choices" }, people.map((one) => h("button", { type: "button", "data-account": one.account, onclick: () => void this.#choose(one.account) },
        h("b", null, one.name), h("span", null, t(`role.${one.role}`))))),
      h("p", { class: "fault", role: "alert" }, this.#fault),
    );
  }
}
customElements.define("demo-people", DemoPeople);

if (MODE === "simulation") void offered();
