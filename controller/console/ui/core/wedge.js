/**
 * A scanner that types like a keyboard must not press anything: scanners belong to the daemon.
 *
 * Promises: keys that follow each other faster than a hand (55 ms) are swallowed from the third on, with the Enter or Tab that ends
 * them, unless they go into a field that waits for a scan (`data-scan`); and Enter never presses a button (Space does, held keys do
 * not repeat). The key Pause, which stops the belt, always passes. Load it once in every page. Shortcuts of a page listen behind it and see `event.defaultPrevented`.
 */
const GAP_MS = 55;
const RUN = 3;

let lastMs = -1e9;
let run = 0;

/** @param {EventTarget|null} target */
function waitsForScan(target) {
  return target instanceof HTMLElement && target.matches("input[data-scan]");
}

/** @param {KeyboardEvent} event */
function typed(event) {
  if (event.code === "Pause") return; // the stop, and no scanner types it
  const fast = event.timeStamp - lastMs < GAP_MS;
  const ends = event.code === "Enter" || event.code === "NumpadEnter" || event.code === "Tab";
  if (event.key.length === 1 || ends) {
    run = fast ? run + 1 : 1;
    lastMs = event.timeStamp;
  }
  if (waitsForScan(event.target)) return;
  const field = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
  const onButton = event.target instanceof HTMLElement && event.target.closest("button, hold-button, stop-button, [role=button]");
  if ((fast && run >= RUN && (ends || !field)) || (ends && event.code !== "Tab" && onButton)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

addEventListener("keydown", typed, { capture: true });
/** Space lets go of a button at keyup: one that came inside a run of keys presses nothing. */
addEventListener("keyup", (event) => {
  if (event.code === "Space" && run >= RUN && event.timeStamp - lastMs < GAP_MS && !waitsForScan(event.target)) event.preventDefault();
}, { capture: true });
