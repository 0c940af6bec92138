/**
 * A small drawing of the line to scale, with one place marked: where to go.
 */
import { stream } from "../../core/stream.js";
import { h } from "../../core/view.js";
import { t } from "../../core/words.js";

const WIDE = 300;

/** @param {string} place a station of the plan, or `dock`, `panel`, `lanes` @returns {any} */
export function placeOnStrip(place) {
  const plan = stream.state?.values.plan;
  if (!plan) return null;
  const x = (/** @type {number} */ mm) => 30 + (mm / plan.length_mm) * 220;
  const station = plan.stations.find((/** @type {any} */ one) => one.name === place);
  const from = station ? x(station.from_mm) - 3 : place === "dock" ? 2 : place === "lanes" ? 254 : place === "belt" ? 30 : null;
  const to = station ? x(station.to_mm) + 3 : place === "dock" ? 24 : place === "lanes" ? 298 : place === "belt" ? 252 : null;
  if (place === "panel") return null; // it stands beside the line: the words say where
  const middle = from === null || to === null ? null : (from + to) / 2;
  return h("svg", { class: "place-strip", viewBox: `0 0 ${WIDE} 46`, role: "img", "aria-label": place ? t(`place.${place}`) : t("place.unknown") },
    h("rect", { x: 30, y: 26, width: 222, height: 8, class: "way" }),
    h("rect", { x: 2, y: 22, width: 22, height: 16, class: "dock" }),
    plan.stations.map((/** @type {any} */ one) => h("rect", { x: x(one.from_mm) - 0.6, y: 22, width: Math.max(1.2, x(one.to_mm) - x(one.from_mm) + 1.2), height: 16, class: "spot" })),
    plan.lanes.map((/** @type {any} */ _, /** @type {number} */ at) => h("path", { d: `M252 30 L264 ${22 + at * 8} H298`, class: "off" })),
    middle !== null && from !== null && to !== null && [
      h("rect", { x: from, y: 20, width: to - from, height: 20, class: "here" }),
      h("path", { d: `M${middle - 5} 12 h10 l-5 7 z`, class: "here-arrow" }),
      h("text", { x: Math.min(276, Math.max(18, middle)), y: 10, "text-anchor": "middle", class: "here-name" }, t(`place.${place}`)),
    ]);
}
