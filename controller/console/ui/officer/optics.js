/**
 * What a dual-energy picture says of material, and the colours that stand for it.
 *
 * One rule: the numbers here are shared by the shader, the Canvas fallback and the words under the pointer, so the three never
 * disagree. Colour is never the only carrier: `classOf` is what the page says in words.
 * Source: NIST XCOM mass attenuation at 60 and 120 keV; the ratio of both logarithms tells the material, not its thickness.
 */

/** Ratio of attenuations where organic turns to inorganic, and inorganic to metal. */
export const INORGANIC_FROM = 1.5;
export const METAL_FROM = 3.0;
/** Half the width of the soft change of colour around those two. */
export const SOFT = [0.15, 0.4];
/** Below this attenuation at the high energy there is air; below the second, too little to tell a material. */
export const AIR_BELOW = 0.012;
export const THIN_BELOW = 0.03;
/** Less than this share of air at the high energy came through: nobody can say what is there. */
export const OPAQUE_SHARE = 0.004;
export const RATIO_FROM = 1.0;
export const RATIO_TO = 5.0;
const AIR_COLUMNS = 2;

/** Colours of the three classes, and of what is too thin to tell. */
const ORGANIC = [232, 126, 28];
const INORGANIC = [62, 150, 62];
const METAL = [34, 88, 196];
export const NEUTRAL = [128, 128, 128];

/** Windows in shares of air. The standard one shows all that a transmission picture has. */
export const STANDARD = [0, 1.02];
export const HIGH_PENETRATION = [0, 0.12];
export const LOW_PENETRATION = [0.6, 1.02];

/**
 * What the detector sees of air: the columns before the carton's front and behind its rear.
 * @param {Uint16Array} pixels @param {number} width @param {number} height @returns {number}
 */
export function airOf(pixels, width, height) {
  const ends = Math.min(AIR_COLUMNS, width);
  const median = (/** @type {number} */ from) => {
    const found = new Uint16Array(ends * height);
    for (let y = 0; y < height; y++) for (let x = 0; x < ends; x++) found[y * ends + x] = pixels[y * width + from + x];
    return found.sort()[found.length >> 1];
  };
  return Math.max(median(0), median(width - ends), 1);
}

/**
 * @param {number} low @param {number} high counts at the two energies @param {{low: number, high: number}} air
 * @returns {{material: 'air'|'thin'|'organic'|'inorganic'|'metal'|'opaque', ratio: number, depth: number}}
 */
export function classOf(low, high, air) {
  const atLow = Math.log(air.low / Math.max(low, 1));
  const depth = Math.log(air.high / Math.max(high, 1));
  const ratio = atLow / Math.max(depth, 1e-6);
  if (high < OPAQUE_SHARE * air.high) return { material: "opaque", ratio, depth };
  if (depth < AIR_BELOW) return { material: "air", ratio, depth };
  if (depth < THIN_BELOW) return { material: "thin", ratio, depth };
  const material = ratio < INORGANIC_FROM ? "organic" : ratio < METAL_FROM ? "inorganic" : "metal";
  return { material, ratio, depth };
}

/** 256 colours over the ratio, RGBA. @returns {Uint8Array} */
export function colours() {
  const found = new Uint8Array(256 * 4);
  for (let i = 0; i < 256; i++) {
    const ratio = RATIO_FROM + ((RATIO_TO - RATIO_FROM) * i) / 255;
    const rgb = blend(blend(ORGANIC, INORGANIC, step(INORGANIC_FROM, SOFT[0], ratio)), METAL, step(METAL_FROM, SOFT[1], ratio));
    found.set([...rgb, 255], i * 4);
  }
  return found;
}

/** 0 well below `at`, 1 well above. @param {number} at @param {number} soft @param {number} value */
export function step(at, soft, value) {
  const t = Math.min(Math.max((value - at + soft) / (2 * soft), 0), 1);
  return t * t * (3 - 2 * t);
}

/** @param {number[]} a @param {number[]} b @param {number} share */
function blend(a, b, share) {
  return a.map((value, i) => Math.round(value + (b[i] - value) * share));
}
