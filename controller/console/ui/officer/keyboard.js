/**
 * The officer's keyboard: which key goes where.
 *
 * One rule: keys that decide go through `DecisionKeys`; keys that look act at once; in a field or a sheet none of them is ours, and a key
 * that the guard against typing scanners swallowed is nobody's.
 */
import { sheetIsOpen } from "../core/sheet.js";
import { DECIDING } from "./bindings.js";
import { TOOLS } from "./tools.js";

export class Keyboard {
  /**
   * @param {object} page
   * @param {import("./keys.js").DecisionKeys} page.keys @param {import("./bindings.js").Bindings} page.bindings
   * @param {import("./work.js").Work} page.work @param {import("./viewer.js").XrayViewer} page.viewer
   * @param {(name: string) => void} page.does what is no decision @param {(number: number) => void} page.choose a reason
   * @param {() => void} page.drawn something of the tools changed
   */
  constructor(page) {
    this.page = page;
    page.keys.decided = (code) => this._decided(code);
    addEventListener("keydown", (event) => this._down(event));
    addEventListener("keyup", (event) => this._up(event));
    for (const name of ["blur", "visibilitychange"]) addEventListener(name, () => this._forget());
  }

  /** @param {KeyboardEvent} event */
  _down(event) {
    const { keys, bindings, work, viewer } = this.page;
    if (event.defaultPrevented || elsewhere(event)) return;
    if (event.ctrlKey && event.code === "KeyZ") {
      viewer.marks.undo();
      viewer.redraw();
      return event.preventDefault();
    }
    keys.down(event);
    const name = bindings.act(event.code);
    if (event.code === "Backspace" || event.code === "Quote" || event.code === "Slash") event.preventDefault();
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat && !repeats(name)) return;
    if (event.code === "Slash" && event.shiftKey) return this.page.does("help");
    if (event.code === "Escape") return work.asking || work.notice ? work.cancel() : this.page.does("leave");
    if (event.shiftKey && event.code.startsWith("Arrow")) return this._pan(event);
    if (work.asking || DECIDING.includes(name)) return;
    const tool = name.startsWith("tool_") ? name.slice(5) : "";
    if (TOOLS.includes(tool)) {
      viewer.tools.press(tool);
      viewer.redraw();
      return this.page.drawn();
    }
    if (!name) return;
    event.preventDefault();
    this.page.does(name === "fit" && event.shiftKey ? "zoom_in" : name);
  }

  /** @param {KeyboardEvent} event */
  _up(event) {
    const { keys, bindings, viewer } = this.page;
    const name = bindings.act(event.code);
    if (name.startsWith("tool_")) {
      viewer.tools.release(name.slice(5));
      viewer.redraw();
      this.page.drawn();
    }
    if (elsewhere(event)) return keys.forget();
    keys.up(event);
  }

  /** @param {string} code */
  _decided(code) {
    const { bindings, work } = this.page;
    const name = bindings.act(code);
    const number = /^(?:Digit|Numpad)([1-9])$/.exec(code);
    if (work.asking && number && bindings.on) return this.page.choose(Number(number[1]));
    if (!DECIDING.includes(name)) return;
    if (name === "undo") return void (work.asking ? work.cancel() : work.undo());
    if (name === "hold") return void work.holdLine();
    void work.decide(name);
  }

  /** @param {KeyboardEvent} event */
  _pan(event) {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.code];
    const pane = this.page.viewer.layout()[0];
    if (!step || !pane) return;
    event.preventDefault();
    this.page.viewer.sight.pan(pane.box, pane.picture, step[0] * devicePixelRatio, step[1] * devicePixelRatio);
    this.page.viewer.redraw();
  }

  _forget() {
    this.page.keys.forget();
    this.page.viewer.tools.releaseAll();
    this.page.viewer.redraw();
    this.page.drawn();
  }
}

/** Keys that go on while they are held. @param {string} name */
function repeats(name) {
  return ["zoom_in", "zoom_out", "narrower", "wider", "darker", "brighter", "wipe_left", "wipe_right"].includes(name);
}

/** Whether somebody types into a field or a sheet is open. @param {KeyboardEvent} event */
function elsewhere(event) {
  const { target } = event;
  const field = target instanceof HTMLElement && (target.matches("input, textarea, select") || target.isContentEditable);
  return field || sheetIsOpen();
}
