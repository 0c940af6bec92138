/**
 * Plain shapes of 16 units, drawn in the colour of the text beside them. An icon never stands without words.
 */
import { h } from "./view.js";

/** @type {Record<string, () => any[]>} */
const SHAPES = {
  start: () => [h("path", { d: "M4 2l10 6-10 6z", fill: "currentColor" })],
  stop: () => [h("rect", { x: 2, y: 2, width: 12, height: 12, fill: "currentColor" })],
  reset: () => [h("path", { d: "M13 8a5 5 0 1 1-2-4M11 0v4h-4", fill: "none", stroke: "currentColor", "stroke-width": 1.8 })],
  resume: () => [h("path", { d: "M2 2h2.5v12H2zM7 2l8 6-8 6z", fill: "currentColor" })],
  mute: () => [h("path", { d: "M2 6h3l4-4v12L5 10H2zM11 5l4 6M15 5l-4 6", fill: "currentColor", stroke: "currentColor", "stroke-width": 1.3 })],
  hold: () => [h("path", { d: "M3 2h4v12H3zM9 2h4v12H9z", fill: "currentColor" })],
};

/** @param {string} name @returns {any} */
export function icon(name) {
  return h("g", { class: "icon" }, ...(SHAPES[name]?.() ?? []));
}

/** Priority of an alarm: colour, shape and number together. @param {number} priority */
export function priorityMark(priority) {
  const shape = [
    () => h("path", { d: "M8 1l7 14H1z" }), () => h("path", { d: "M8 0l8 8-8 8-8-8z" }),
    () => h("circle", { cx: 8, cy: 8, r: 7 }), () => h("rect", { x: 1, y: 1, width: 14, height: 14 }),
  ][priority - 1] ?? (() => h("rect", { x: 1, y: 1, width: 14, height: 14 }));
  return h("svg", { viewBox: "-0.5 -0.5 17 17", class: `mark p${priority}`, "aria-hidden": "true" }, shape(),
    h("text", { x: 8, y: priority === 1 ? 13.5 : 11.5, "text-anchor": "middle" }, priority));
}
