/** The officer's workstation: a shell so far. */
import "../core/wedge.js";
import "../core/line-header.js";
import "../core/stop-button.js";
import "../core/report.js";
import { session } from "../core/session.js";
import { h } from "../core/view.js";

document.body.prepend(h("line-header"), h("main", { class: "officer" }), h("footer", { class: "controls" }, h("stop-button")));
await session.refresh();
if (!session.account) location.replace("/?to=officer");
