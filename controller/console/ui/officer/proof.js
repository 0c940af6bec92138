/**
 * The proof that a picture was drawn: the service asks for sixteen points, the page reads them back from what the shader samples.
 *
 * One rule: it is asked for after the frame with the picture went to the glass, never before; a picture that was not proven by this
 * session is not decided, by the page or by the service.
 */
import { ask, session } from "../core/session.js";

/**
 * @param {{track: string, low: string, exact: boolean, firstPixelMs: number, read: (points: number[][]) => {low: number[]}|null}} of
 * @returns {Promise<{proven: boolean, code: string}>}
 */
export async function prove(of) {
  const where = `/api/pictures/${encodeURIComponent(of.track)}`;
  const asked = await ask("POST", `${where}/drawing`, { image: of.low }, session.csrf);
  if (asked.status !== 200) return { proven: false, code: asked.body.code ?? "no_answer" };
  const values = of.read(asked.body.points)?.low;
  if (!values) return { proven: false, code: "graphics_lost" };
  const said = { image: of.low, nonce: asked.body.nonce, values, first_pixel_ms: of.firstPixelMs };
  const answer = await ask("POST", `${where}/drawn`, said, session.csrf);
  return { proven: answer.status === 200, code: answer.body.code ?? "" };
}
