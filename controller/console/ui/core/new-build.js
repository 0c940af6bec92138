/**
 * A page that stays open over an upgrade becomes the page of the new build by itself.
 *
 * Promises: it is loaded anew only while the link is live, nobody has touched it for a few seconds and `idle()` says that nothing is
 * in hand; once for each build, so that a build that can not be had makes no circle. Where it stands in the address is kept.
 */
import { BUILD } from "./place.js";
import { stream } from "./stream.js";

const QUIET_MS = 5000;
const LOOK_MS = 1000;
const TRIED = "xiyong-build-tried";

/** @param {() => boolean} idle */
export function followBuild(idle) {
  let touchedMs = performance.now();
  const touched = () => {
    touchedMs = performance.now();
  };
  for (const name of ["pointerdown", "pointerup", "keydown"]) addEventListener(name, touched, { capture: true });
  setInterval(() => {
    const build = stream.state?.build;
    if (!BUILD || !build || build === BUILD || stream.link !== "live") return;
    if (performance.now() - touchedMs > QUIET_MS && idle() && first(build)) location.replace(location.href.replace(`/ui/${BUILD}/`, `/ui/${build}/`)); // what lies under the old name is kept for ever
  }, LOOK_MS);
}

/** Whether this build was not tried before in this window. @param {string} build */
function first(build) {
  try {
    if (sessionStorage.getItem(TRIED) === build) return false;
    sessionStorage.setItem(TRIED, build);
    return sessionStorage.getItem(TRIED) === build;
  } catch {
    return false;
  }
}
