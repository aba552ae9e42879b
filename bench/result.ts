import * as v from "valibot";

const values = v.record(v.string(), v.number());

const runSchema = v.object({
  /** From 1 on; each round has one run of every variant. */
  round: v.number(),
  values,
  /** What was wrong; a run with faults proves nothing, so its values count for nothing. */
  faults: v.array(v.string()),
});

const variantSchema = v.object({
  name: v.string(),
  runs: v.array(runSchema),
  /** Why it could not be tried; unless it is optional, the result is not complete then. */
  notRun: v.optional(v.string()),
  /** Whether the result says enough without it. */
  optional: v.optional(v.boolean()),
});

const figureSchema = v.object({
  name: v.string(),
  /** Left out when a run that it rests on is missing or faulty. */
  value: v.optional(v.number()),
  unit: v.string(),
  /** Bounds that it has to keep, where it has any. */
  max: v.optional(v.number()),
  min: v.optional(v.number()),
});

const scenarioResultSchema = v.object({
  name: v.string(),
  title: v.string(),
  date: v.string(),
  commit: v.string(),
  machine: v.record(v.string(), v.union([v.string(), v.number()])),
  versions: v.record(v.string(), v.string()),
  /** How the run was set up: seconds, rounds, cores. */
  setup: v.record(v.string(), v.union([v.string(), v.number()])),
  /** Which values the table shows, in this order. */
  columns: v.array(v.object({ key: v.string(), title: v.string(), digits: v.number() })),
  variants: v.array(variantSchema),
  figures: v.array(figureSchema),
});

/** The results file: the newest result of each scenario. */
export const resultsSchema = v.object({ scenarios: v.array(scenarioResultSchema) });

/** Measurements by name; the name ends in the unit. */
export type Values = v.InferOutput<typeof values>;
/** One run of one variant. */
export type Run = v.InferOutput<typeof runSchema>;
/** Every run of one variant. */
export type VariantResult = v.InferOutput<typeof variantSchema>;
/** One number that the scenario is about, and the bounds that it has to keep. */
export type Figure = v.InferOutput<typeof figureSchema>;
/** What one scenario found, on what, and how. */
export type ScenarioResult = v.InferOutput<typeof scenarioResultSchema>;
/** The results file. */
export type Results = v.InferOutput<typeof resultsSchema>;
/** A column of a scenario's table. */
export type Column = ScenarioResult["columns"][number];

/** Median of one value over the runs; undefined when a run is missing or faulty, or lacks the value. */
export function median(variant: VariantResult | undefined, key: string): number | undefined {
  const samples = samplesOf(variant, key);
  if (samples === undefined) return undefined;
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted.length % 2 === 0 ? sorted[middle - 1] : upper;
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

/** Smallest and largest value over the runs, on the same terms as `median`. */
export function spread(
  variant: VariantResult | undefined,
  key: string,
): readonly [number, number] | undefined {
  const samples = samplesOf(variant, key);
  return samples && [Math.min(...samples), Math.max(...samples)];
}

/** Faults of all runs, each once. */
export function faultsOf(variant: VariantResult): string[] {
  return [...new Set(variant.runs.flatMap((run) => run.faults))];
}

/** Whether everything ran that has to, and nothing was wrong. */
export function isSound(result: ScenarioResult): boolean {
  return result.variants.every((variant) => {
    if (variant.notRun !== undefined) return variant.optional === true;
    return variant.runs.length > 0 && faultsOf(variant).length === 0;
  });
}

/** Whether a figure is known and keeps its bounds. */
export function isMet({ value, max = Infinity, min = -Infinity }: Figure): boolean {
  return value !== undefined && value <= max && value >= min;
}

/** How many times `a` is of `b`, in medians. */
export function ratio(
  a: VariantResult | undefined,
  b: VariantResult | undefined,
  key: string,
): number | undefined {
  const [above, below] = [median(a, key), median(b, key)];
  return above === undefined || below === undefined ? undefined : above / below;
}

/** A figure, without the value where it is not known. */
export function figure(
  name: string,
  value: number | undefined,
  unit: string,
  bounds: { max?: number; min?: number } = {},
): Figure {
  return { name, unit, ...(value === undefined ? {} : { value }), ...bounds };
}

function samplesOf(variant: VariantResult | undefined, key: string): number[] | undefined {
  if (variant === undefined || variant.runs.length === 0 || faultsOf(variant).length > 0) {
    return undefined;
  }
  const samples = variant.runs.flatMap((run) => run.values[key] ?? []);
  return samples.length === variant.runs.length ? samples : undefined;
}
