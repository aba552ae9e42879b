import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** What the chart's bundle exports. */
export type ChartBundle = typeof import("../chart/main.ts");

/** Where the server has it. In a variable, so that the bundler leaves it out of the page's own bundle. */
const CHART_URL = "/dist/chart/main.js";
const RETRY_DELAY_MS = 5000;

/** Loads the chart's bundle, and tries again as long as it is wanted. */
export function useChartBundle(): {
  readonly bundle: ReadonlySignal<ChartBundle | undefined>;
  /** Why it is not there yet, if something is wrong. */
  readonly problem: ReadonlySignal<string | undefined>;
} {
  const bundle = useSignal<ChartBundle | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const load = async () => {
      try {
        bundle.value = await loadBundle();
        problem.value = undefined;
      } catch (error) {
        if (isOver) return;
        problem.value = error instanceof Error ? error.message : String(error);
        timer = setTimeout(load, RETRY_DELAY_MS);
      }
    };
    load();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, []);
  return { bundle, problem };
}

async function loadBundle(): Promise<ChartBundle> {
  const url: string = CHART_URL;
  return await import(url);
}
