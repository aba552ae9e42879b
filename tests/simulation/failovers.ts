import { Random } from "../../src/aggregator/random.ts";
import type { PlannedDeed } from "./plan.ts";

/** Of all seeds. */
const SHARE = 0.3;
const FAILOVERS_MAX = 3;
/** A seed has some dozens of transactions. */
const TRANSACTION_MAX = 60;

/** When another database server takes over, and how far it counts. Drawn apart, as the steps of the clock are. */
export function failovers(seed: number, activeMs: number): PlannedDeed[] {
  const random = new Random(seed ^ 0xfa11);
  if (random.uniform() >= SHARE) return [];
  return Array.from({ length: 1 + random.below(FAILOVERS_MAX) }, () => ({
    atMs: random.below(activeMs),
    deed: { kind: "database_fails_over", lastTransaction: random.below(TRANSACTION_MAX) },
  }));
}
