/**
 * What the bench's parts ask of the newest values: the carton that lies open here, codes and differences in words.
 */
import { stream } from "../core/stream.js";
import { kept, knows, t } from "../core/words.js";

/** Which bench this screen stands at: `?bench=NAME`, else the line's first. */
export function reader() {
  const bench = stream.state?.values.bench;
  const named = new URLSearchParams(location.search).get("bench");
  return named && bench?.readers.includes(named) ? named : (bench?.readers[0] ?? "");
}

/** What lies open here. @returns {any} */
export function opened() {
  return stream.state?.values.bench?.open.find((/** @type {any} */ one) => one.bench === reader());
}

/** Scans of this bench after the one with this number, the oldest first. @param {number} after @returns {any[]} */
export function scansAfter(after) {
  return (stream.state?.values.bench?.scans ?? []).filter((/** @type {any} */ one) => one.reader === reader() && one.n > after);
}

/** The number of the newest scan. */
export function newestScan() {
  return (stream.state?.values.bench?.scans ?? []).reduce((/** @type {number} */ most, /** @type {any} */ one) => Math.max(most, one.n), -1);
}

/** A product code as it stands on the thing. @param {string} product */
export function productCode(product) {
  return product.length === 14 ? product.replace(/^0(?=\d{13}$)/, "") : product;
}

/** A thing by the name it is declared under, else by its code. @param {any} thing */
export function thingName(thing) {
  return thing.name || productCode(thing.product) || t("bench.no_product");
}

/** @param {any} one */
export function difference(one) {
  const detail = kept({ zh: one.detail_zh, en: one.detail });
  const about = one.name || productCode(one.product ?? "") || detail;
  return t(`bench.differs.${knows(`bench.differs.${one.kind}`) ? one.kind : "unknown"}`, { what: about, declared: one.declared || 0, found: one.found, detail });
}

/** Loud ones are wrong whatever is scanned after them; a piece that is missing may still come. @param {any} one */
export function loud(one) {
  return (one?.differences ?? []).filter((/** @type {any} */ each) => each.kind !== "short");
}

/** Everything is found and sealed, and a picture shows it. @param {any} one */
export function ready(one) {
  return Boolean(one?.matched && one.seal_no && !one.against_release);
}
