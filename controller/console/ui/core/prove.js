/**
 * Password or PIN again, when the service wants it (locked, or an act that wants a fresh proof).
 *
 * Promises: `proven(ask)` asks; if the answer is `proof_wanted` or `session_locked` the person is asked for the secret and, only if it
 * was right, the act is asked for once more, as a new act with an id of its own: the first was refused and nothing of it is left. A wrong
 * secret does not stay in the field.
 */
import { isMadeUp } from "./demo-people.js";
import { session } from "./session.js";
import { sheet } from "./sheet.js";
import { h } from "./view.js";
import { said, sentences, t } from "./words.js";
import "./key-pad.js";

/** @param {() => Promise<import("./session.js").Answer>} ask @returns {Promise<import("./session.js").Answer>} */
export async function proven(ask) {
  const answer = await ask();
  const code = answer.body?.code;
  if (code !== "proof_wanted" && code !== "session_locked") return answer;
  return (await prove()) ? ask() : answer;
}

/** Ask the person of this session for the secret. @returns {Promise<boolean>} */
export async function prove() {
  let fault = "";
  let busy = false;
  return Boolean(await sheet(t("prove.title", { name: session.name || session.account }), (close, renew) => {
    const field = h("input", { type: "password", id: "proof", autocomplete: "off", autofocus: true, maxlength: 128, "data-scan": true, "aria-describedby": "proof-fault" });
    const send = async () => {
      if (busy) return;
      busy = true;
      const typed = /** @type {HTMLInputElement} */ (document.getElementById("proof"));
      const { status, body } = await session.prove(typed.value);
      busy = false;
      if (status === 200) return close(true);
      typed.value = "";
      typed.focus();
      fault = sentences(said(body).what, said(body).next);
      renew();
    };
    if (isMadeUp()) {
      const once = async () => (await session.proveMadeUp()).status === 200 && close(true);
      return [h("p", { class: "dim" }, t("demo.prove.means")), h("button", { type: "button", class: "primary", id: "proof-made-up", onclick: () => void once() }, t("demo.prove"))];
    }
    const entered = (/** @type {Event} */ event) => {
      event.preventDefault();
      void send();
    };
    return [
      h("form", { class: "proof", onsubmit: entered }, h("label", { for: "proof" }, t("prove.secret")), field, h("p", { class: "fault", id: "proof-fault", role: "alert" }, fault)),
      h("key-pad", { kind: "digits", ondone: send, onpointerdown: (/** @type {Event} */ event) => /** @type {any} */ (event.currentTarget).padFor(document.getElementById("proof")) }),
    ];
  }, { kind: "narrow" }));
}
