import { Random } from "../../src/aggregator/random.ts";
import type { PlannedDeed } from "./plan.ts";

/** Of all seeds. */
const SHARE = 0.3;
const STEPS_MAX = 4;
/** How far the clock is then ahead of the right time, from what NTP mends to what an operator mistypes. */
const AHEAD_MS = [200, 3000, 3_600_000, 10 * 365 * 86_400_000];

/**
 * When the clock of the server's machine is set, and to what. Drawn apart from all else, so that a seed
 * brings the troubles that it brought before there were these.
 */
export function clockSteps(seed: number, activeMs: number): PlannedDeed[] {
  const random = new Random(seed ^ 0xc10c);
  if (random.uniform() >= SHARE) return [];
  return Array.from({ length: 1 + random.below(STEPS_MAX) }, () => {
    const ahead = AHEAD_MS[random.below(AHEAD_MS.length)] ?? 0;
    const sign = random.below(3) - 1;
    return { atMs: random.below(activeMs), deed: { kind: "clock_set", aheadMs: sign * ahead } };
  });
}
