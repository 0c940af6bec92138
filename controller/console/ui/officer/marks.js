/**
 * What an officer draws over a picture: distances and numbered marks, each undone one by one.
 *
 * One rule: they are held in texels of the picture they were made on and go when the next carton comes.
 */

/** @typedef {{kind: 'mark', at: number[]}|{kind: 'distance', from: number[], to: number[]}} Mark */

export class Marks {
  constructor() {
    this.clear();
  }

  clear() {
    /** @type {Mark[]} */
    this.all = [];
    /** @type {number[]|null} the first end of a distance that is being measured */
    this.begun = null;
  }

  /** A click in measuring: the first end, then the second. @param {number[]} texel @returns {boolean} whether a distance is there */
  measure(texel) {
    if (!this.begun) {
      this.begun = texel;
      return false;
    }
    this.all.push({ kind: "distance", from: this.begun, to: texel });
    this.begun = null;
    return true;
  }

  /** @param {number[]} texel */
  mark(texel) {
    this.all.push({ kind: "mark", at: texel });
  }

  undo() {
    if (this.begun) this.begun = null;
    else this.all.pop();
  }
}

/** @param {number[]} from @param {number[]} to texels @param {number} pixelUm @returns {number} mm */
export function distanceMm(from, to, pixelUm) {
  return (Math.hypot(to[0] - from[0], to[1] - from[1]) * pixelUm) / 1000;
}
