/**
 * This screen tells the daemon each second what it last drew; a kiosk that falls silent for 5 s is an alarm there.
 *
 * Promises: it tells the row that was drawn in a frame, not the one that was received: a page whose drawing hangs falls silent. One
 * report at a time. Where nobody is signed in it reports all the same, as a kiosk must be alive between shifts.
 */
import { screenName } from "./place.js";
import "./size.js";
import { session } from "./session.js";
import { stream } from "./stream.js";

const FROZEN_MS = 3000;
const name = screenName();
let drawn = -1;
let frameMs = performance.now();
let busy = false;

function frame() {
  drawn = stream.state?.seq ?? -1;
  frameMs = performance.now();
}

setInterval(() => {
  requestAnimationFrame(frame);
  if (busy || !session.known || (session.account && !session.csrf) || performance.now() - frameMs > FROZEN_MS) return;
  busy = true;
  fetch("/api/screens", {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", ...(session.csrf ? { "X-CSRF-Token": session.csrf } : {}) },
    body: JSON.stringify({ screen: name, seq: drawn, link: stream.link }),
    signal: AbortSignal.timeout(FROZEN_MS),
  }).catch(() => undefined).finally(() => {
    busy = false;
  });
}, 1000);
