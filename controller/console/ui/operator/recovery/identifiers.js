/**
 * What a number on a label is by its shape, and whether its check digit holds: shown while it is typed.
 *
 * Promises: says the same as the core (controller/domain/identifiers.py; a test compares them) and decides nothing: the core looks
 * again. `check` is `ok`, `wrong`, or `none` where the shape has no published check digit.
 */

/** @typedef {{kind: "s10"|"sf"|"sscc"|"gtin"|"waybill_other"|"unknown", text: string, check: "ok"|"wrong"|"none"}} Identifier */

const S10_WEIGHTS = [8, 6, 4, 2, 3, 5, 9, 7];
const SF_UNCHECKED = 3;

/** Upper case, without white space. @param {string} text */
export function normalise(text) {
  return text.replace(/\s+/g, "").toUpperCase();
}

/** @param {string} text @returns {Identifier} */
export function classify(text) {
  const code = normalise(text);
  if (/^[A-Z]{2}[0-9]{9}[A-Z]{2}$/.test(code)) return said("s10", code, s10Digit(code.slice(2, 10)), code[10]);
  if (/^SF[0-9]{12,13}$/.test(code)) return said("sf", code, sfDigit(code.slice(2, -1)), code.slice(-1));
  const sscc = /^(?:\(00\)|00)?([0-9]{18})$/.exec(code);
  if (sscc) return said("sscc", sscc[1], mod10(sscc[1].slice(0, -1)), sscc[1].slice(-1));
  const named = /^\(01\)([0-9]{14})$/.exec(code);
  if (named) return said("gtin", named[1], mod10(named[1].slice(0, -1)), named[1].slice(-1));
  if (/^(?:[0-9]{8}|[0-9]{12,14})$/.test(code) && mod10(code.slice(0, -1)) === Number(code.slice(-1))) return { kind: "gtin", text: code, check: "ok" };
  return { kind: /^[0-9A-Z][0-9A-Z-]{6,30}[0-9A-Z]$/.test(code) ? "waybill_other" : "unknown", text: code, check: "none" };
}

/** @param {Identifier["kind"]} kind @param {string} text @param {number} digit @param {string} printed @returns {Identifier} */
function said(kind, text, digit, printed) {
  return { kind, text, check: String(digit) === printed ? "ok" : "wrong" };
}

/** UPU S10: remainders 0 and 6 share the digit 5. @param {string} serial */
function s10Digit(serial) {
  const digit = 11 - ([...serial].reduce((sum, one, place) => sum + Number(one) * S10_WEIGHTS[place], 0) % 11);
  return digit === 10 ? 0 : digit === 11 ? 5 : digit;
}

/** @param {string} digits */
function sfDigit(digits) {
  const products = [...digits.slice(SF_UNCHECKED)].reverse().map((one, place) => Number(one) * (2 * place + 1));
  return (10 - (products.reduce((sum, one) => sum + (Math.floor(one / 10) % 10) + (one % 10), 0) % 10)) % 10;
}

/** GS1: weights 3, 1, 3 from the right. @param {string} payload */
function mod10(payload) {
  return (10 - ([...payload].reverse().reduce((sum, one, place) => sum + Number(one) * (place % 2 ? 1 : 3), 0) % 10)) % 10;
}
