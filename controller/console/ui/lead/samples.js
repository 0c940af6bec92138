/**
 * `<lead-samples>` 抽样复审: a blind second look at a drawn share of releases, and where second looks disagree.
 *
 * Promises: nothing says who judged first or what was found; a word is given only on a picture that stands on the screen; the next comes by
 * itself. Keys as at the officer's screen are not here: a second look has no deadline.
 */
import { act } from "../core/acts.js";
import { proven } from "../core/prove.js";
import { ask, session } from "../core/session.js";
import { h, View } from "../core/view.js";
import { said, sentences, speak, t } from "../core/words.js";
import leadWords from "../words/lead.js";
import { clock, table } from "./parts.js";

speak(leadWords);

const LONGEST = 1024;
const VERDICTS = ["clear", "open", "anomaly"];

class LeadSamples extends View {
  /** @type {any} */
  #body = null;
  #shown = "";
  #fault = "";
  #busy = false;
  #canvas = h("canvas", { "aria-label": t("lead.samples.picture"), role: "img" }); // kept over every drawing: its size is its content

  connected() {
    void this.#ask();
  }

  async #ask() {
    const { status, body } = await ask("GET", "/api/samples");
    this.#body = status === 200 ? body : null;
    this.#fault = status === 200 ? "" : sentences(said(body).what, said(body).next);
    this.redraw();
    const next = this.#body?.waiting[0];
    if (next && next.image !== this.#shown) void this.#picture(next.image);
  }

  /** @param {string} image */
  async #picture(image) {
    const answer = await fetch(`/api/pixels/${image}?max=${LONGEST}`, { credentials: "same-origin", cache: "no-store" });
    if (!answer.ok) {
      this.#fault = t("lead.samples.no_picture");
      return this.redraw();
    }
    const [width, height] = ["X-Width", "X-Height"].map((name) => Number(answer.headers.get(name)));
    const counts = new Uint16Array(await answer.arrayBuffer());
    const canvas = this.#canvas;
    const context = canvas.getContext("2d");
    if (!context) return;
    canvas.width = width;
    canvas.height = height;
    const pixels = context.createImageData(width, height);
    for (let i = 0; i < counts.length; i += 1) {
      pixels.data.fill(counts[i] >> 8, 4 * i, 4 * i + 3);
      pixels.data[4 * i + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
    this.#shown = image;
    this.redraw();
  }

  draw() {
    const body = this.#body;
    const next = body?.waiting[0];
    const may = session.role === "officer" || session.role === "section_chief";
    this.render(
      h("h2", null, t("lead.samples.title")),
      this.#fault && h("p", { class: "fault", role: "alert" }, this.#fault),
      body && h("p", { class: "totals" }, t("lead.samples.told", { permille: body.permille, drawn: body.drawn, looked: body.looked, waiting: body.waiting.length })),
      body && !body.can_draw && h("p", { class: "fault" }, t("lead.samples.no_secret")),
      next && h("div", { class: "sample", "data-key": "sample" },
        h("sample-picture"),
        h("div", { class: "papers" }, h("h3", null, t("lead.samples.goods")), h("ul", { class: "rows" }, next.goods.map((/** @type {string} */ one) => h("li", null, one))),
          h("label", { for: "cause" }, t("lead.samples.cause")), h("input", { id: "cause", maxlength: 200, autocomplete: "off" }),
          h("div", { class: "row" }, VERDICTS.map((verdict) => h("button", { type: "button", class: "primary", "data-key": `look-${verdict}`, disabled: !may || this.#busy || this.#shown !== next.image, onclick: () => void this.#look(next, verdict) }, t(`lead.samples.${verdict}`)))))),
      body && !next && h("p", { class: "hint" }, t("lead.samples.none")),
      body?.disagree.length > 0 && table(t("lead.samples.disagree"), ["carton", "first", "second", "word", "cause_said", "at"].map((key) => ({ key, label: t(`lead.column.${key}`) })),
        body.disagree.map((/** @type {any} */ one) => [one.carton, one.first, one.second, t(`lead.samples.${one.verdict}`), one.cause, clock(one.utc)])));
    const pane = this.querySelector("sample-picture");
    if (pane && !pane.contains(this.#canvas)) pane.replaceChildren(this.#canvas);
  }

  /** @param {any} one @param {string} verdict */
  async #look(one, verdict) {
    const field = /** @type {HTMLInputElement|null} */ (this.querySelector("#cause"));
    const cause = field?.value.trim() || (verdict === "clear" ? t("lead.samples.nothing") : "");
    if (!cause) return field?.focus();
    this.#busy = true;
    this.redraw();
    const { status, body } = await proven(() => act("sample-review", { track: one.track, image: one.image, verdict }, { reason: cause }));
    this.#busy = false;
    this.#fault = status === 200 ? "" : sentences(said(body).what, said(body).next);
    if (status === 200 && field) field.value = "";
    if (status === 200) this.#body.waiting = this.#body.waiting.slice(1); // the count of it comes a moment later
    this.redraw();
    const next = this.#body.waiting[0];
    if (next) void this.#picture(next.image);
    setTimeout(() => void (this.isConnected && this.#ask()), 2500);
  }
}
customElements.define("lead-samples", LeadSamples);
