import type { Scenario } from "./bench.ts";
import { dense } from "./scenarios/dense.ts";

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [dense];
