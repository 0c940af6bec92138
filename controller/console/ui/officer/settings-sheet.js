/**
 * Keys and how to change them, one sheet: `?` opens it.
 *
 * One rule: a key that is taken stays where it is; the sheet says who has it.
 */
import { sheet } from "../core/sheet.js";
import { h } from "../core/view.js";
import { t } from "../core/words.js";
import { DECIDING, LOOKING, keyName } from "./bindings.js";

/** @param {import("./bindings.js").Bindings} bindings */
export function keysSheet(bindings) {
  let waits = "";
  let fault = "";
  return sheet(t("officer.keys_title"), (_close, renew) => {
    const change = (/** @type {() => void} */ what) => {
      what();
      waits = fault = "";
      renew();
    };
    const row = (/** @type {string} */ name) => h("li", { "data-key": `key-${name}` },
      h("span", null, t(DECIDING.includes(name) ? `officer.act_${name}` : name.startsWith("tool_") ? `officer.${name}` : `officer.do_${name}`)),
      h("button", {
        type: "button", class: "quiet", "aria-pressed": waits === name ? "true" : "false", "aria-label": t("officer.change_key", { key: keyName(bindings.codes[name]) }),
        onclick: () => { waits = waits === name ? "" : name; fault = ""; renew(); },
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          if (waits !== name || event.code === "Escape" || event.code === "Tab" || event.repeat) return;
          event.preventDefault();
          const taken = bindings.move(name, event.code);
          fault = !taken ? "" : taken === "key" ? t("officer.no_key") : t("officer.key_taken", { key: keyName(event.code) });
          if (!taken) waits = "";
          renew();
        },
      }, waits === name ? t("officer.press_key") : h("kbd", null, keyName(bindings.codes[name]))));
    return [
      h("p", null, t("officer.keys_rule")),
      h("div", { class: "key-lists" },
        h("section", null, h("h3", null, t("officer.keys_decide")), h("ul", null, DECIDING.map(row)),
          h("h3", null, t("officer.keys_fixed")), h("ul", { class: "fixed" }, ["undo_mark", "pan", "help", "escape", "reason", "stop"].map((name) => h("li", null, h("span", null, t(`officer.fixed_${name}`)), h("kbd", null, t(`officer.fixed_${name}_key`)))))),
        h("section", null, h("h3", null, t("officer.keys_look")), h("ul", { class: "two" }, LOOKING.map(row)))),
      h("p", { class: "fault", role: "alert" }, fault),
      h("div", { class: "row" },
        h("label", { class: "check" }, h("input", { type: "checkbox", ".checked": bindings.on, onchange: () => change(() => bindings.switch(!bindings.on)) }), t("officer.keys_on")),
        h("label", { class: "check" }, h("input", { type: "checkbox", ".checked": bindings.boxesAuto, onchange: () => change(() => bindings.showBoxes(!bindings.boxesAuto)) }), t("officer.boxes_auto")),
        h("button", { type: "button", onclick: () => change(() => bindings.standard()) }, t("officer.keys_standard"))),
    ];
  }, { kind: "keys" });
}
