/**
 * What of a case speaks for itself: findings that make a release want a reason, and reasons an officer can choose from.
 *
 * One rule: absence is no finding. That the analyser said nothing, or has not answered, never makes a carton look better.
 */

/** Where one of these stands, a release says why. */
const LOOKS = new Set(["analyser_finding", "analysis_failed"]);

/** Names of what stands against an easy release: `analyser`, `rule`, `weight`, `seal`. @param {any} told @returns {string[]} */
export function findings(told) {
  if (!told) return [];
  const found = [];
  if ((told.analysis?.findings ?? []).length || (told.must ?? []).some((/** @type {{code: string}} */ one) => LOOKS.has(one.code))) found.push("analyser");
  if ((told.rules ?? []).length) found.push("rule");
  if (weightOff(told.weight)) found.push("weight");
  if (told.seal && !["agrees", "not_required"].includes(told.seal.result)) found.push("seal");
  return found;
}

/** @param {any} weight */
export function weightOff(weight) {
  if (!weight) return false;
  if (weight.problem) return true;
  if (weight.scale_g == null || weight.declared_g == null || weight.tolerance_g == null) return false;
  return Math.abs(weight.scale_g - weight.declared_g) > weight.tolerance_g;
}

/** Keys of the words of nine reasons a verdict has; the last is always "other". @param {string} verdict */
export function reasonsOf(verdict) {
  return [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => `officer.why_${verdict}_${number}`);
}
