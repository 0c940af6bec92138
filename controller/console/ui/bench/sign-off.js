/**
 * `signOff(carton, word)`: both officers sign what becomes of a carton, one after the other, at this screen.
 *
 * Promises: the first is the person of this session and gives the PIN anew; the second gives badge and PIN, and nobody is signed in or out
 * by that; no button and no key answers for either. What the second one signs is what this screen showed: outcome, way, place and things;
 * where it is another by now, the core refuses. `witnessSigns` asks the keeper of the site the same way. A wrong PIN stays in no field.
 */
import { cosign, act } from "../core/acts.js";
import { isMadeUp, madeUpPeople } from "../core/demo-people.js";
import { session } from "../core/session.js";
import { sheet } from "../core/sheet.js";
import { sound } from "../core/sound.js";
import { h } from "../core/view.js";
import { said, sentences, t } from "../core/words.js";
import "../core/key-pad.js";

/** @typedef {{outcome: string, way: string, reason: string, place: string}} Word */

/** @param {any} one @param {Word} word @returns {Promise<boolean>} */
export async function signOff(one, word) {
  const stands = one.decided === word.outcome && one.by_hand === (word.way === "hand") && one.place === word.place;
  const first = stands || (await ask({
    title: t("bench.sign.first", { name: session.name || session.account }), one, word, badge: false,
    async send(_badge, pin) {
      const right = isMadeUp() ? await session.proveMadeUp() : await session.prove(pin);
      if (right.status !== 200) return right;
      const { outcome, way, place, reason } = word;
      return act("recheck-decide", { code: one.carton, outcome, way, ...(place ? { place } : {}) }, { reason });
    },
  }));
  if (!first) return false;
  return secondSigns(one, word);
}

/** The second officer alone: the first one's word stands. @param {any} one @param {{outcome: string, way: string, place: string}} word @returns {Promise<boolean>} */
export async function secondSigns(one, word) {
  const done = await ask({
    title: t("bench.sign.second"), one, word, badge: true,
    send: (badge, pin, account) => cosign({ act: "recheck-confirm", code: one.carton, outcome: word.outcome, way: word.way, ...(word.place ? { place: word.place } : {}), shown: one.shown, ...who(badge, pin, account) }),
  });
  if (done) sound.scanned("ok");
  return done;
}

/** @param {any} one @returns {Promise<boolean>} */
export function witnessSigns(one) {
  return ask({
    title: t("bench.sign.witness"), one, word: null, badge: true, company: true,
    send: (badge, pin, account) => cosign({ act: "recheck-witness", code: one.carton, ...who(badge, pin, account) }),
  });
}

/** @param {string} badge @param {string} pin @param {string} account */
function who(badge, pin, account) {
  return account ? { account } : { badge, pin };
}

/**
 * @param {{title: string, one: any, word: {outcome: string, way?: string, place?: string}|null, badge: boolean, company?: boolean,
 *   send: (badge: string, pin: string, account: string) => Promise<import("../core/session.js").Answer>}} what
 * @returns {Promise<boolean>}
 */
async function ask(what) {
  let fault = "";
  let busy = false;
  let field = what.badge ? "badge" : "pin";
  return Boolean(await sheet(what.title, (close, renew) => {
    const at = (/** @type {string} */ name) => /** @type {HTMLInputElement|null} */ (document.getElementById(`sign-${name}`));
    const send = async (/** @type {string} */ account = "") => {
      const [badge, pin] = [at("badge")?.value.trim() ?? "", at("pin")?.value ?? ""];
      if (busy) return;
      if (!account && !isMadeUp() && (!pin || (what.badge && !badge))) {
        field = what.badge && !badge ? "badge" : "pin";
        return at(field)?.focus();
      }
      busy = true;
      const { status, body } = await what.send(badge, pin, account);
      busy = false;
      if (status === 200) return close(true);
      sound.scanned("mismatch");
      const pinField = at("pin");
      if (pinField) pinField.value = "";
      fault = sentences(said(body).what, said(body).next);
      renew();
      at("pin")?.focus();
    };
    const entered = (/** @type {Event} */ event) => {
      event.preventDefault();
      void send();
    };
    const head = [
      h("p", { class: "sign-what" }, h("strong", null, what.one.carton), what.word && h("b", { class: "outcome" }, t(`bench.outcome.${what.word.outcome}`)),
        what.word?.outcome === "released" && what.word.way && h("span", null, t(`bench.way.${what.word.way}`)),
        what.word?.place && h("span", { "data-key": "sign-place" }, what.word.place)),
    ];
    if (isMadeUp()) return [...head, ...madeUp(what, send), h("p", { class: "fault", role: "alert" }, fault)];
    const input = (/** @type {string} */ name, /** @type {string} */ type) => [h("label", { for: `sign-${name}` }, t(`bench.sign.${name}`)),
      h("input", { id: `sign-${name}`, type, autocomplete: "off", maxlength: 64, "data-scan": true, autofocus: field === name, "aria-describedby": "sign-fault", onfocus: () => { field = name; } })];
    return [
      ...head,
      h("div", { class: "sign" },
        h("form", { class: "proof", onsubmit: entered }, what.badge && input("badge", "text"), input("pin", "password"),
          h("p", { class: "fault", id: "sign-fault", role: "alert" }, fault), h("button", { type: "submit", hidden: true })),
        h("key-pad", { kind: "digits", ondone: () => void send(), onpointerdown: (/** @type {Event} */ event) => /** @type {any} */ (event.currentTarget).padFor(at(field)) })),
    ];
  }, { kind: "signing" }));
}

/** In a simulation made-up people sign with one click. @param {any} what @param {(account: string) => Promise<void>} send */
function madeUp(what, send) {
  if (!what.badge) return [h("p", { class: "dim" }, t("demo.prove.means")), h("button", { type: "button", class: "primary", id: "sign-made-up", onclick: () => void send(session.account) }, t("demo.prove"))];
  const roles = what.company ? ["operator", "shift_lead"] : ["officer", "section_chief"];
  const others = madeUpPeople().filter((one) => roles.includes(one.role) && one.account !== session.account);
  return [h("p", { class: "dim" }, t("bench.sign.made_up")), h("div", { class: "row" }, others.map((one) => h("button", { type: "button", class: "primary", "data-account": one.account, onclick: () => void send(one.account) }, one.name)))];
}
