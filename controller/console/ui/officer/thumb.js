/**
 * `<x-thumb hash>`: a small grey picture, for finding one among others; never for judging.
 *
 * One rule: it is fetched once and small, and says nothing when it can not be had.
 */
const SIDE_PX = 96;
const KEPT = 48;
/** @type {Map<string, Promise<ImageData|null>>} */
const made = new Map();

class Thumb extends HTMLElement {
  static observedAttributes = ["hash"];

  connectedCallback() {
    this.attributeChangedCallback();
  }

  attributeChangedCallback() {
    const hash = this.getAttribute("hash") ?? "";
    if (!this.isConnected || !hash || this._hash === hash) return;
    this._hash = hash;
    if (!made.has(hash)) made.set(hash, small(hash));
    while (made.size > KEPT) made.delete(/** @type {string} */ (made.keys().next().value));
    void made.get(hash)?.then((image) => {
      if (image && this._hash === hash) this._paint(image);
    });
  }

  /** @param {ImageData} image */
  _paint(image) {
    const canvas = document.createElement("canvas");
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.getContext("2d")?.putImageData(image, 0, 0);
    this.replaceChildren(canvas);
  }
}

/** @param {string} hash @returns {Promise<ImageData|null>} */
async function small(hash) {
  try {
    const answer = await fetch(`/api/pixels/${encodeURIComponent(hash)}?max=${SIDE_PX}`, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const counts = new Uint16Array(await answer.arrayBuffer());
    const width = Number(answer.headers.get("X-Width"));
    const image = new ImageData(width, counts.length / width);
    const most = counts.reduce((a, b) => Math.max(a, b), 1);
    counts.forEach((count, i) => image.data.fill((255 * count) / most, 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4));
    return image;
  } catch {
    made.delete(hash);
    return null;
  }
}

customElements.define("x-thumb", Thumb);
