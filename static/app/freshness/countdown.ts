/** Whole seconds until a moment, never below 0. */
export function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(Math.ceil((atMs - nowMs) / 1000), 0);
}
