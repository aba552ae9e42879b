import type { Measurement } from "./bench.ts";

/** The 99th percentile of staleness that a load has to keep. */
export const STALENESS_MS_MAX = 250;

/** Pause of the generator in a search: it must not take the cores that it asks about. */
export const LIMIT_PAUSE_US = 4000;

/** Where to look for the largest load that is carried in time. */
export interface Search {
  readonly first: number;
  readonly max: number;
  /** Makes of any number one that can be tried. */
  round(load: number): number;
  attempt(load: number): Promise<Measurement>;
  readonly print: (text: string) => void;
}

const STEP = 1.6;
const HALVES = 4;

/**
 * The largest load whose staleness keeps the bound: up in large steps until it does not, then by halves
 * in between, which finds it to 3 %.
 *
 * @returns what was measured there, with the load as `carried`; faults when it cannot be told
 */
export async function findLimit(search: Search): Promise<Measurement> {
  let best: Measurement | undefined;
  let [low, high] = [0, Infinity];
  let load = search.first;
  for (let halves = 0; halves <= HALVES;) {
    const run = await attemptTwice(search, search.round(load));
    if (isInTime(run)) [low, best] = [load, run];
    else high = load;
    if (low === 0) break;
    if (low >= search.max) break;
    load = high === Infinity ? Math.min(low * STEP, search.max) : Math.sqrt(low * high);
    if (high < Infinity) halves += 1;
  }
  if (best === undefined) {
    const faults = [`not even ${search.first} within ${STALENESS_MS_MAX} ms`];
    return { values: {}, faults };
  }
  return { values: { ...best.values, carried: search.round(low) }, faults: [] };
}

/** One hiccup of the machine must not end the search. */
async function attemptTwice(search: Search, load: number): Promise<Measurement> {
  const first = await attempt(search, load);
  return isInTime(first) ? first : await attempt(search, load);
}

async function attempt(search: Search, load: number): Promise<Measurement> {
  const run = await search.attempt(load);
  search.print(`    ${load}: p99 ${run.values.staleP99Ms} ms`);
  for (const fault of run.faults) search.print(`      ${fault}`);
  return run;
}

function isInTime({ values, faults }: Measurement): boolean {
  return faults.length === 0 && (values.staleP99Ms ?? Infinity) <= STALENESS_MS_MAX;
}
