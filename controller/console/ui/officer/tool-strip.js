/**
 * `<tool-strip>`: the picture's tools with their keys, and in words what lies under the pointer.
 *
 * One rule: a tool acts while its button or key is held; what is on is said by more than colour.
 */
import { h, View } from "../core/view.js";
import { t } from "../core/words.js";
import { keyName } from "./bindings.js";
import { TOOLS } from "./tools.js";

export class ToolStrip extends View {
  /** @type {import("./viewer.js").XrayViewer|null} */
  viewer = null;
  /** @type {import("./bindings.js").Bindings|null} */
  bindings = null;
  /** @type {(name: string) => void} */
  does = () => {};
  /** @type {any} */
  pointed = null;
  comparing = false;
  boxes = false;
  boxesAsked = false;

  draw() {
    const { viewer } = this;
    if (!viewer) return;
    const off = !viewer.picture;
    this.render(
      h("div", { class: "tools", role: "group", "aria-label": t("officer.tools") }, TOOLS.map((tool) => this._tool(tool, off))),
      h("div", { class: "tools more", role: "group", "aria-label": t("officer.tools_more") },
        this._more("standard", off, false), this._more("view_next", off, false, t(`officer.layout_${viewer.view}`)),
        this._more("measure", off, viewer.mode === "measure"), this._more("mark", off, viewer.mode === "mark"),
        this._more("compare", off, this.comparing),
        this.comparing && [this._more("blink", off, viewer.blinking), this._more("wipe", off, viewer.curtain !== null)], this._more("boxes", off || !this.boxes, this.boxes && this.boxesAsked),
        h("button", { type: "button", class: "tool", "data-key": "help", onclick: () => this.does("help") }, h("kbd", null, "?"), h("span", null, t("officer.keys")))),
      h("p", { class: "under", "data-own": true }),
    );
    this.say(this.pointed);
  }

  /** What lies under the pointer, or nothing. @param {any} pointed */
  say(pointed) {
    this.pointed = pointed;
    const el = this.querySelector(".under");
    if (!el) return;
    const text = pointed
      ? t("officer.under", { what: t(`officer.material_${pointed.material}`), through: (100 * Math.exp(-Math.max(pointed.depth, 0))).toFixed(pointed.depth > 3 ? 1 : 0) })
      : t("officer.under_nothing");
    if (el.textContent !== text) el.textContent = text;
  }

  /** @param {string} tool @param {boolean} off */
  _tool(tool, off) {
    const viewer = /** @type {import("./viewer.js").XrayViewer} */ (this.viewer);
    const on = viewer.tools.has(tool);
    const change = (/** @type {boolean} */ down) => {
      if (off) return;
      if (down) viewer.tools.press(tool);
      else viewer.tools.release(tool);
      viewer.redraw();
      this.redraw();
    };
    return h("button", {
      type: "button", class: "tool", "data-key": `tool-${tool}`, "aria-pressed": on ? "true" : "false", "data-latched": viewer.tools.latched.has(tool) || null,
      disabled: off, onpointerdown: () => change(true), onpointerup: () => change(false), onpointerleave: () => on && change(false),
    }, this._key(`tool_${tool}`), h("span", null, t(`officer.tool_${tool}`)));
  }

  /** @param {string} name @param {boolean} off @param {boolean} on @param {string} [label] */
  _more(name, off, on, label = t(`officer.do_${name}`)) {
    return h("button", { type: "button", class: "tool", "data-key": `do-${name}`, disabled: off, "aria-pressed": on ? "true" : null, onclick: () => this.does(name) },
      this._key(name), h("span", null, label));
  }

  /** @param {string} name */
  _key(name) {
    return this.bindings?.on && h("kbd", null, keyName(this.bindings.codes[name]));
  }
}

customElements.define("tool-strip", ToolStrip);
