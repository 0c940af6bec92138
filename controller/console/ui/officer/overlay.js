/**
 * Everything drawn over a picture: labels of the panes, scale, marks, distances, the analyser's boxes.
 *
 * One rule: white on a dark rim, so that it reads on any picture; it never changes a pixel of the picture itself. A picture without
 * boxes gets no sign at all: that the analyser points at nothing is no statement.
 */

import { distanceMm } from "./marks.js";

const SCALES_MM = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

export class Overlay {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.ratio = 1;
  }

  clear() {
    this.context.reset();
  }

  /**
   * @param {import('./geometry.js').Box} box @param {import('./picture.js').Picture} picture @param {import('./geometry.js').Sight} sight
   * @param {{label: string, note?: string, marks?: import('./marks.js').Marks, pointer?: number[]|null, boxes?: {box: number[], text: string}[], clip?: import('./geometry.js').Box, right?: boolean}} what
   * `clip`: what of the pane is seen; its edge to the right is the curtain. `right`: the label stands right, below the other's.
   */
  pane(box, picture, sight, what) {
    const { context } = this;
    if (what.right) this._text(what.label, box.x + box.width - this._px(10), box.y + box.height + this._px(18), 13, "right");
    else this._text(what.label, box.x + this._px(10), box.y - this._px(9), 13, "left");
    if (what.note && !what.right) this._text(what.note, box.x + box.width - this._px(10), box.y - this._px(9), 13, "right");
    if (what.clip && !what.right) this._curtain(what.clip);
    this._scale(box, picture, sight.zoomIn(box, picture));
    context.save();
    context.beginPath();
    const seen = what.clip ?? box;
    context.rect(seen.x, seen.y, seen.width, seen.height);
    context.clip();
    const place = (/** @type {number[]} */ texel) => sight.toPoint(box, picture, texel);
    for (const { box: [x, y, w, h], text } of what.boxes ?? []) this._finding(place([x, y]), place([x + w, y + h]), text);
    this._marks(what.marks, place, picture.pixelUm);
    if (what.marks?.begun && what.pointer) this._distance(place(what.marks.begun), place(what.pointer), distanceMm(what.marks.begun, what.pointer, picture.pixelUm));
    context.restore();
  }

  /** A line from top to bottom with a grip, where one picture ends and the other begins. @param {import('./geometry.js').Box} clip */
  _curtain(clip) {
    const x = clip.x + clip.width;
    this._twice(() => {
      this.context.moveTo(x, clip.y);
      this.context.lineTo(x, clip.y + clip.height);
    }, 1.5);
    this._text("◂ ▸", x - this._px(13), clip.y + clip.height / 2, 14, "left");
  }

  /** @param {import('./marks.js').Marks|undefined} marks @param {(texel: number[]) => number[]} place @param {number} pixelUm */
  _marks(marks, place, pixelUm) {
    let number = 0;
    for (const one of marks?.all ?? []) {
      if (one.kind === "distance") this._distance(place(one.from), place(one.to), distanceMm(one.from, one.to, pixelUm));
      else this._ring(place(one.at), String(++number));
    }
  }

  /** @param {number[]} from @param {number[]} to @param {number} mm */
  _distance(from, to, mm) {
    this._twice(() => {
      this.context.moveTo(from[0], from[1]);
      this.context.lineTo(to[0], to[1]);
    }, 1.5);
    for (const [x, y] of [from, to]) this._twice(() => this.context.arc(x, y, this._px(3), 0, 7), 1.5);
    this._text(`${mm.toFixed(mm < 100 ? 1 : 0)} mm`, (from[0] + to[0]) / 2 + this._px(8), (from[1] + to[1]) / 2 - this._px(6), 14, "left");
  }

  /** @param {number[]} at @param {string} number */
  _ring([x, y], number) {
    this._twice(() => this.context.arc(x, y, this._px(16), 0, 7), 2);
    this._text(number, x + this._px(20), y - this._px(10), 14, "left");
  }

  /** @param {number[]} from @param {number[]} to @param {string} text */
  _finding(from, to, text) {
    this.context.setLineDash([this._px(7), this._px(4)]);
    this._twice(() => this.context.rect(from[0], from[1], to[0] - from[0], to[1] - from[1]), 2);
    this.context.setLineDash([]);
    this._text(text, from[0], from[1] - this._px(6), 13, "left");
  }

  /** A bar of a round length, so that size needs no measuring. @param {import('./geometry.js').Box} box @param {import('./picture.js').Picture} picture @param {number} zoom */
  _scale(box, picture, zoom) {
    const pxPerMm = (zoom * 1000) / picture.pixelUm;
    const mm = [...SCALES_MM].reverse().find((one) => one * pxPerMm < box.width * 0.25);
    if (!mm) return;
    const x = box.x + this._px(10);
    const y = box.y + box.height + this._px(16);
    this._twice(() => {
      this.context.moveTo(x, y - this._px(5));
      this.context.lineTo(x, y);
      this.context.lineTo(x + mm * pxPerMm, y);
      this.context.lineTo(x + mm * pxPerMm, y - this._px(5));
    }, 1.5);
    this._text(`${mm} mm`, x + mm * pxPerMm + this._px(8), y + this._px(1), 12, "left");
  }

  /** A dark rim first, then white. @param {() => void} path @param {number} width */
  _twice(path, width) {
    for (const [colour, wide] of /** @type {[string, number][]} */ ([["rgb(0 0 0 / 75%)", width + 2.5], ["rgb(255 255 255)", width]])) {
      this.context.beginPath();
      path();
      this.context.strokeStyle = colour;
      this.context.lineWidth = this._px(wide);
      this.context.stroke();
    }
  }

  /** @param {string} text @param {number} x @param {number} y @param {number} size @param {CanvasTextAlign} align */
  _text(text, x, y, size, align) {
    const { context } = this;
    context.font = `600 ${this._px(size)}px "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", sans-serif`;
    context.textAlign = align;
    context.textBaseline = "alphabetic";
    context.lineJoin = "round";
    context.lineWidth = this._px(3.5);
    context.strokeStyle = "rgb(0 0 0 / 80%)";
    context.strokeText(text, x, y);
    context.fillStyle = "rgb(255 255 255)";
    context.fillText(text, x, y);
  }

  /** @param {number} css */
  _px(css) {
    return css * this.ratio;
  }
}
