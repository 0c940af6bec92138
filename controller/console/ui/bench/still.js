/**
 * `<bench-still hash>`: a picture of the bench camera, as small as its place; touched, it opens large.
 *
 * One rule: it is the file of the evidence itself, read with the rights of whoever looks; what can not be had says so.
 */
import { sheet } from "../core/sheet.js";
import { h } from "../core/view.js";
import { t } from "../core/words.js";

const KEPT = 60;
/** @type {Map<string, Promise<string>>} */
const urls = new Map();

/** @param {string} hash @returns {Promise<string>} */
function urlOf(hash) {
  if (!urls.has(hash)) {
    urls.set(hash, fetch(`/api/evidence/${encodeURIComponent(hash)}`, { credentials: "same-origin" }).then(async (answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      return URL.createObjectURL(new Blob([await answer.arrayBuffer()], { type: "image/jpeg" }));
    }));
    void /** @type {Promise<string>} */ (urls.get(hash)).catch(() => urls.delete(hash));
  }
  while (urls.size > KEPT) {
    const [oldest, url] = /** @type {[string, Promise<string>]} */ (urls.entries().next().value);
    urls.delete(oldest);
    void url.then((one) => URL.revokeObjectURL(one), () => undefined);
  }
  return /** @type {Promise<string>} */ (urls.get(hash));
}

class BenchStill extends HTMLElement {
  static observedAttributes = ["hash"];
  #drawn = "";

  connectedCallback() {
    this.attributeChangedCallback();
  }

  attributeChangedCallback() {
    const hash = this.getAttribute("hash") ?? "";
    if (!this.isConnected || !hash || this.#drawn === hash) return;
    this.#drawn = hash;
    const name = this.getAttribute("label") ?? "";
    urlOf(hash).then((url) => {
      if (this.#drawn !== hash) return;
      const large = () => void sheet(name, () => [h("img", { class: "large-still", src: url, alt: name })]);
      this.replaceChildren(h("button", { type: "button", class: "still", "aria-label": name, onclick: large }, h("img", { src: url, alt: "" })));
    }, () => this.replaceChildren(h("span", { class: "no-still" }, t("bench.still.failed"))));
  }
}
customElements.define("bench-still", BenchStill);
