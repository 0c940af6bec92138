/**
 * What the alarm bar leads to here: the alarms that stand, what each means and what to do.
 *
 * One rule: the picture stays where it is. Whoever acts on an alarm does so on the alarm page, in another window.
 */
import { act } from "../core/acts.js";
import "../core/alarm-history.js";
import { priorityMark } from "../core/icons.js";
import { standingAnywhere } from "../core/line-header.js";
import { valueOf } from "../core/quality.js";
import { sheet } from "../core/sheet.js";
import { calledElsewhere, calling } from "../core/sound.js";
import { stream } from "../core/stream.js";
import { h } from "../core/view.js";
import { kept, reason, said, sentences, t } from "../core/words.js";

export function alarmsSheet() {
  let again = () => {};
  let fault = "";
  const silence = async () => {
    const { status, body } = await act("line-mute");
    fault = status === 200 ? "" : sentences(said(body).what, said(body).next);
    again();
  };
  let history = false;
  const tab = (/** @type {boolean} */ on, /** @type {string} */ text) => h("button", {
    type: "button", class: "tab", "data-key": on ? "tab-history" : "tab-now", "aria-pressed": String(history === on), onclick: () => {
      history = on;
      again();
    },
  }, text);
  const tabs = () => h("div", { class: "row", "data-key": "tabs" }, tab(false, t("officer.alarms_now", { n: standingAnywhere().length })), tab(true, t("history.title")));
  const calls = () => calledElsewhere().map((one) => one.alarm).join();
  let elsewhere = calls();
  const told = (/** @type {Event} */ event) => {
    const { names } = /** @type {CustomEvent} */ (event).detail;
    const before = elsewhere;
    elsewhere = calls(); // pools of other lines change all the time; each renewal deadens the buttons
    if ((names.includes("alarms") || elsewhere !== before) && !history) again();
  };
  const anew = () => !history && again();
  stream.addEventListener("values", told);
  stream.addEventListener("snapshot", anew);
  const shown = sheet(t("officer.alarms_title"), (_close, renew) => {
    again = renew;
    const all = standingAnywhere();
    if (history) return [tabs(), h("alarm-history", { "data-key": "history" })];
    return [
      tabs(),
      all.length
        ? h("ul", { class: "alarms" }, all.map((one) => h("li", { class: `p${one.priority}`, "data-key": one.alarm },
          priorityMark(one.priority), h("strong", null, reason(one.code).what), h("span", { class: "said" }, kept(one.where)), h("span", null, reason(one.code).next))))
        : h("p", { class: "empty" }, valueOf(h("span"), stream.state?.values.alarms ? t("officer.alarms_none") : "")),
      calling().length > 0 && h("button", { type: "button", "data-key": "silence", onclick: () => void silence() }, t("officer.alarms_silence")),
      h("p", { class: "fault", role: "alert" }, fault),
      h("p", null, h("a", { href: "/operator#alarms", target: "_blank", rel: "noopener" }, t("officer.alarms_page"))),
    ];
  });
  return shown.finally(() => {
    stream.removeEventListener("values", told);
    stream.removeEventListener("snapshot", anew);
  });
}
