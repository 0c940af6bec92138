/**
 * Drawing: elements made by `h`, put in place by `morph`, drawn by a `View` at most once a frame.
 *
 * Promises: `h` makes a real element and never parses HTML. `morph(parent, ...children)` changes only what differs, so focus, a held
 * button and a typed text stay; an element with `data-key` stays with its key; the children of an element whose name has a dash, or
 * that has `data-own`, are its own business. `draw` of a View runs when it is connected, and after `stream.state.values` it named in
 * `static wants`, the link, the language or the session changed.
 */
import { session } from "./session.js";
import { stream } from "./stream.js";
import { words } from "./words.js";

/** @typedef {Node|string|number|null|undefined|false|Child[]} Child */

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "circle", "rect", "line", "g", "polygon", "polyline", "text", "ellipse", "defs", "pattern", "clipPath", "use"]);
const LISTENERS = Symbol("listeners");

/**
 * An element. Attributes: `onclick` and the like take functions; true = present; false, null, undefined = absent; `.name` sets a property;
 * `--name` sets a custom property of its style (style attributes are forbidden by the page's policy).
 * @param {string} tag @param {Record<string, any>|null} [attributes] @param {...Child} children @returns {any}
 */
export function h(tag, attributes, ...children) {
  const el = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) set(el, name, value);
  el.append(...flat(children));
  return el;
}

/** @param {any} el @param {string} name @param {any} value */
function set(el, name, value) {
  if (typeof value === "function" && name.startsWith("on")) {
    el[LISTENERS] ??= {};
    if (!(name in el[LISTENERS])) el.addEventListener(name.slice(2), (/** @type {Event} */ event) => el[LISTENERS][name]?.call(el, event));
    el[LISTENERS][name] = value;
  } else if (name.startsWith(".")) el[name.slice(1)] = value;
  else if (name.startsWith("--")) el.style.setProperty(name, String(value));
  else if (value === true) el.setAttribute(name, "");
  else if (value !== false && value !== null && value !== undefined) el.setAttribute(name, String(value));
}

/** @param {Child[]} children @returns {(Node|string)[]} */
function flat(children) {
  return children.flat(9).filter((one) => one !== null && one !== undefined && one !== false && one !== "").map((one) => (one instanceof Node ? one : String(one)));
}

/** Let the children of `parent` be these. @param {Element} parent @param {...Child} children */
export function morph(parent, ...children) {
  patchChildren(parent, flat(children).map((one) => (one instanceof Node ? one : document.createTextNode(one))));
}

/** @param {Element} parent @param {Node[]} wanted */
function patchChildren(parent, wanted) {
  /** @type {Map<string, Element>} */
  const keyed = new Map();
  for (const child of parent.children) if (child instanceof HTMLElement && child.dataset.key) keyed.set(child.dataset.key, child);
  let at = parent.firstChild;
  for (const next of wanted) {
    const key = next instanceof HTMLElement ? next.dataset.key : undefined;
    const old = key ? keyed.get(key) : at;
    if (old && alike(old, next)) {
      if (old !== at) parent.insertBefore(old, at);
      else at = at.nextSibling;
      if (old !== next) patch(old, next);
    } else parent.insertBefore(next, at);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    parent.removeChild(gone);
  }
}

/** @param {Node} old @param {Node} next */
function alike(old, next) {
  if (old === next) return true;
  if (old.nodeType !== next.nodeType || old.nodeName !== next.nodeName) return false;
  return !(next instanceof HTMLElement) || (old instanceof HTMLElement && old.dataset.key === next.dataset.key);
}

/** @param {any} old @param {any} next */
function patch(old, next) {
  if (next.nodeType === Node.TEXT_NODE) {
    if (old.data !== next.data) old.data = next.data;
    return;
  }
  for (const { name } of [...old.attributes]) if (!next.hasAttribute(name) && name !== "style") old.removeAttribute(name);
  for (const { name, value } of next.attributes) if (name !== "style" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const name of next.style) {
    const value = next.style.getPropertyValue(name);
    if (old.style.getPropertyValue(name) !== value) old.style.setProperty(name, value);
  }
  for (const name of Object.keys(old[LISTENERS] ?? {})) if (!next[LISTENERS]?.[name]) old[LISTENERS][name] = null;
  for (const [name, value] of Object.entries(next[LISTENERS] ?? {})) set(old, name, value);
  if (!old.localName.includes("-") && !("own" in old.dataset)) patchChildren(old, [...next.childNodes]);
}

/** An element that draws itself. Subclasses define `draw` and, if they follow values, `static wants`. */
export class View extends HTMLElement {
  /** Names of `stream.state.values` after whose change it draws. @type {string[]} */
  static wants = [];
  #asked = false;
  #ends = new AbortController();

  connectedCallback() {
    this.#ends = new AbortController();
    const signal = this.#ends.signal;
    const again = () => this.redraw();
    const wants = /** @type {typeof View} */ (this.constructor).wants;
    stream.addEventListener("values", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.names.some((/** @type {string} */ name) => wants.includes(name))) again();
    }, { signal });
    stream.addEventListener("snapshot", again, { signal });
    stream.addEventListener("link", again, { signal });
    words.addEventListener("language", again, { signal });
    session.addEventListener("session", again, { signal });
    this.connected(signal);
    this.draw();
  }

  disconnectedCallback() {
    this.#ends.abort();
  }

  /** For subclasses: listeners with this signal end with the element. @param {AbortSignal} signal */
  connected(signal) {
    void signal;
  }

  /** Draw at the next frame. */
  redraw() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      if (this.isConnected) this.draw();
    });
  }

  /** The values that it may show, or nothing yet. @param {string} name @returns {any} */
  value(name) {
    return stream.state?.values[name];
  }

  draw() {}

  /** @param {...Child} children */
  render(...children) {
    morph(this, ...children);
  }
}
