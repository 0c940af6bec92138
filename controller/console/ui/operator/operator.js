/**
 * The operator's screens. One rule: stop is always there; the rest asks the service who may.
 */
import "../core/wedge.js";
import "../core/line-header.js";
import "../core/stop-button.js";
import "../core/report.js";
import { session } from "../core/session.js";
import { h } from "../core/view.js";
import { speak, t, words } from "../core/words.js";
import operatorWords from "../words/operator.js";

speak(operatorWords);

const header = h("line-header");
const main = h("main", { class: "operator" });
document.body.prepend(header, main, h("footer", { class: "controls" }, h("stop-button")));

function name() {
  document.title = t("operator.title");
  header.nav = [{ key: "overview", label: t("nav.overview"), current: true, go: () => undefined }];
}
name();
words.addEventListener("language", name);
await session.refresh();
if (!session.account) location.replace("/?to=operator");
