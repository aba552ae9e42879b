import type { Scenario } from "./bench.ts";
import { bytes } from "./scenarios/bytes.ts";
import { crowd } from "./scenarios/crowd.ts";
import { dense } from "./scenarios/dense.ts";
import { filtered } from "./scenarios/filtered.ts";
import { growth } from "./scenarios/growth.ts";
import { ingest } from "./scenarios/ingest.ts";
import { latency } from "./scenarios/latency.ts";
import { pages } from "./scenarios/pages.ts";
import { slow } from "./scenarios/slow.ts";
import { table } from "./scenarios/table.ts";
import { wide } from "./scenarios/wide.ts";
import { workers } from "./scenarios/workers.ts";

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  dense,
  wide,
  filtered,
  slow,
  bytes,
  workers,
  growth,
  latency,
  table,
  ingest,
  crowd,
  pages,
];
