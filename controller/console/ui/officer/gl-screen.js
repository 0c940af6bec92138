/**
 * Draws pictures with WebGL2: 16-bit counts in `R16UI` textures, everything else in one shader.
 *
 * One rule: what was given with `put` can always be drawn again: after the graphics card has lost its memory everything is filled
 * from the retained pictures, and until then `lost` is true and nothing counts as drawn.
 */

import { colours } from "./optics.js";
import { CORNERS, DRAW, POINTS_MOST, READ, TILE_SHIFT } from "./shader.js";

const TILE = 1 << TILE_SHIFT;

/**
 * @typedef {object} Pane one view of a picture on the canvas, in device pixels from the upper left
 * @property {string} name @property {number} x @property {number} y @property {number} width @property {number} height
 * @property {number[]} origin device pixel of the picture's upper left corner @property {number} zoom device pixels a texel
 * @property {number[]} window shares of air @property {number} mode @property {boolean} useHigh @property {boolean} edge
 * @property {boolean} invert
 */

export class GlScreen {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", {
      alpha: false, antialias: false, depth: false, stencil: false, premultipliedAlpha: false, preserveDrawingBuffer: false,
    });
    if (!gl) throw new Error("no WebGL2");
    this.exact = true;
    this.canvas = canvas;
    this.gl = gl;
    this.lost = false;
    /** @type {Map<string, import('./picture.js').Picture>} */
    this.pictures = new Map();
    /** @type {Map<string, {low: WebGLTexture, high: WebGLTexture, width: number, height: number, columns: number}>} */
    this.textures = new Map();
    this.onChange = () => {};
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.lost = true;
      this.textures.clear();
      this.onChange();
    });
    canvas.addEventListener("webglcontextrestored", () => {
      this._prepare();
      this.lost = false;
      this.onChange();
    });
    this._prepare();
  }

  /** @param {string} name @param {import('./picture.js').Picture} picture */
  put(name, picture) {
    this.drop(name);
    this.pictures.set(name, picture);
    if (!this.lost) this._texture(name, 0);
  }

  /** @param {string} name */
  drop(name) {
    for (const [key, one] of this.textures) {
      if (key.slice(0, key.lastIndexOf(" ")) !== name) continue;
      this.gl.deleteTexture(one.low);
      this.gl.deleteTexture(one.high);
      this.textures.delete(key);
    }
    this.pictures.delete(name);
  }

  /** @param {Pane[]} panes @param {number[]} ground colour outside of pictures, 0 to 1 @returns {boolean} whether all was drawn */
  draw(panes, ground) {
    const { gl, canvas } = this;
    if (this.lost || gl.isContextLost()) return false;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.disable(gl.SCISSOR_TEST);
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(ground[0], ground[1], ground[2], 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(this.drawing.program);
    gl.enable(gl.SCISSOR_TEST);
    for (const pane of panes) this._pane(pane, ground);
    gl.disable(gl.SCISSOR_TEST);
    return gl.getError() === gl.NO_ERROR;
  }

  /**
   * Counts at whole texels, by way of the texture that is drawn from: what the proof of drawing is made of.
   * @param {string} name @param {number[][]} points at most 16 @returns {{low: number[], high: number[]}|null}
   */
  read(name, points) {
    const { gl } = this;
    if (this.lost || gl.isContextLost() || !this.pictures.has(name)) return null;
    const at = this.reading.at;
    const places = new Int32Array(POINTS_MOST * 2);
    points.slice(0, POINTS_MOST).forEach(([x, y], i) => places.set([x, y], 2 * i));
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.readFrame);
    gl.disable(gl.SCISSOR_TEST);
    gl.viewport(0, 0, POINTS_MOST, 1);
    gl.useProgram(this.reading.program);
    this._bind(at, name, 0);
    gl.uniform2iv(at.u_points, places);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    const found = new Uint32Array(POINTS_MOST * 4);
    gl.readPixels(0, 0, POINTS_MOST, 1, gl.RGBA_INTEGER, gl.UNSIGNED_INT, found);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    if (gl.getError() !== gl.NO_ERROR) return null;
    return { low: points.map((_, i) => found[4 * i]), high: points.map((_, i) => found[4 * i + 1]) };
  }

  /** Colours of device pixels from the upper left; only right after `draw`, before the browser has shown it. */
  shown(/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ width, /** @type {number} */ height) {
    const { gl } = this;
    const found = new Uint8Array(width * height * 4);
    gl.readPixels(x, this.canvas.height - y - height, width, height, gl.RGBA, gl.UNSIGNED_BYTE, found);
    const rows = new Uint8Array(found.length);
    for (let row = 0; row < height; row++) rows.set(found.subarray((height - 1 - row) * width * 4, (height - row) * width * 4), row * width * 4);
    return rows;
  }

  /** @param {Pane} pane @param {number[]} ground */
  _pane(pane, ground) {
    const { gl, canvas } = this;
    const picture = this.pictures.get(pane.name);
    if (!picture) return;
    const level = levelFor(pane.zoom, picture);
    const at = this.drawing.at;
    gl.scissor(pane.x, canvas.height - pane.y - pane.height, pane.width, pane.height);
    this._bind(at, pane.name, level);
    gl.uniform2f(at.u_origin, pane.origin[0], pane.origin[1]);
    gl.uniform1f(at.u_bottom, canvas.height);
    gl.uniform1f(at.u_scale, 1 / (pane.zoom * 2 ** level));
    gl.uniform2f(at.u_window, pane.window[0], pane.window[1]);
    gl.uniform2f(at.u_air, picture.air.low, picture.air.high);
    gl.uniform1i(at.u_mode, pane.mode);
    gl.uniform1i(at.u_use_high, pane.useHigh ? 1 : 0);
    gl.uniform1i(at.u_edge, pane.edge ? 1 : 0);
    gl.uniform1i(at.u_invert, pane.invert ? 1 : 0);
    gl.uniform3f(at.u_ground, ground[0], ground[1], ground[2]);
    gl.activeTexture(gl.TEXTURE2);
    gl.bindTexture(gl.TEXTURE_2D, this.colours);
    gl.uniform1i(at.u_colours, 2);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** @param {Record<string, WebGLUniformLocation|null>} at @param {string} name @param {number} level */
  _bind(at, name, level) {
    const { gl } = this;
    const one = this._texture(name, level);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, one.low);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, one.high);
    gl.uniform1i(at.u_low, 0);
    gl.uniform1i(at.u_high, 1);
    gl.uniform2i(at.u_size, one.width, one.height);
    gl.uniform1i(at.u_columns, one.columns);
  }

  /** The textures of one level, filled when they are wanted first. @param {string} name @param {number} level */
  _texture(name, level) {
    const key = `${name} ${level}`;
    let one = this.textures.get(key);
    if (!one) {
      const { low, high, width, height } = /** @type {import('./picture.js').Picture} */ (this.pictures.get(name)).level(level);
      const columns = Math.ceil(width / TILE);
      one = { low: this._fill(low, width, height), high: this._fill(high, width, height), width, height, columns };
      this.textures.set(key, one);
    }
    return one;
  }

  /** @param {Uint16Array} counts @param {number} width @param {number} height */
  _fill(counts, width, height) {
    const { gl } = this;
    const columns = Math.ceil(width / TILE);
    const rows = Math.ceil(height / TILE);
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D_ARRAY, name, gl.NEAREST);
    for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D_ARRAY, name, gl.CLAMP_TO_EDGE);
    gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.R16UI, Math.min(width, TILE), Math.min(height, TILE), columns * rows);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, width);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const across = Math.min(TILE, width - column * TILE);
        const down = Math.min(TILE, height - row * TILE);
        gl.texSubImage3D(
          gl.TEXTURE_2D_ARRAY, 0, 0, 0, row * columns + column, across, down, 1, gl.RED_INTEGER, gl.UNSIGNED_SHORT,
          counts, row * TILE * width + column * TILE,
        );
      }
    }
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
    return /** @type {WebGLTexture} */ (texture);
  }

  _prepare() {
    const { gl } = this;
    this.drawing = program(gl, DRAW);
    this.reading = program(gl, READ);
    this.colours = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.colours);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 256, 1);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 256, 1, gl.RGBA, gl.UNSIGNED_BYTE, colours());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    const target = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, target);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32UI, POINTS_MOST, 1);
    this.readFrame = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.readFrame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, target, 0);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.disable(gl.DITHER);
    gl.disable(gl.BLEND);
    gl.bindVertexArray(gl.createVertexArray());
  }
}

/** How often the picture is halved so that at most two counts fall on one pixel. @param {number} zoom @param {{width: number, height: number}} picture */
export function levelFor(zoom, picture) {
  let level = 0;
  while (zoom * 2 ** (level + 1) <= 1 && Math.min(picture.width, picture.height) >> (level + 1) > 1) level++;
  return level;
}

/** @param {WebGL2RenderingContext} gl @param {string} fragment */
function program(gl, fragment) {
  const made = gl.createProgram();
  for (const [kind, text] of /** @type {[number, string][]} */ ([[gl.VERTEX_SHADER, CORNERS], [gl.FRAGMENT_SHADER, fragment]])) {
    const shader = gl.createShader(kind);
    if (!shader) throw new Error("no shader");
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error(gl.getProgramInfoLog(made) || "shader");
  /** @type {Record<string, WebGLUniformLocation|null>} */
  const at = {};
  const count = gl.getProgramParameter(made, gl.ACTIVE_UNIFORMS) || 0;
  for (let i = 0; i < count; i++) {
    const name = gl.getActiveUniform(made, i)?.name ?? "";
    at[name.replace("[0]", "")] = gl.getUniformLocation(made, name);
  }
  return { program: made, at };
}
