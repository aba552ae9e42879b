import type { Plan, PlannedDeed } from "./plan.ts";
import { type Outcome, simulate } from "./simulation.ts";
import type { Tampering } from "./tampering.ts";

const RUNS_MAX = 300;

/** A plan with few deeds that still breaks a promise, and what became of it. */
export interface Shrunk {
  /** Which deeds of the whole plan are left, by their place in it. */
  readonly kept: readonly number[];
  readonly outcome: Outcome;
}

/**
 * Leaves out deeds for as long as some promise is still broken, larger parts first. Everything else that
 * the seed decides stays.
 */
export async function shrink(
  plan: Plan,
  tampering: () => Tampering = () => ({}),
): Promise<Shrunk> {
  let kept = plan.deeds.map((_, index) => index);
  let outcome = await simulate(plan, tampering());
  let runs = 1;
  for (let size = kept.length >> 1; size >= 1; size >>= 1) {
    for (let start = 0; start < kept.length && runs < RUNS_MAX; runs += 1) {
      const fewer = [...kept.slice(0, start), ...kept.slice(start + size)];
      const shorter = await simulate(keep(plan, fewer), tampering());
      if (shorter.fault === undefined) {
        start += size;
        continue;
      }
      kept = fewer;
      outcome = shorter;
    }
  }
  return { kept, outcome };
}

/** The plan with some of its deeds alone. */
export function keep(plan: Plan, kept: readonly number[]): Plan {
  const places = new Set(kept);
  const deeds: PlannedDeed[] = plan.deeds.filter((_, index) => places.has(index));
  return { ...plan, deeds };
}
