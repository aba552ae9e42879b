import type { Plan } from "./plan.ts";
import type { Shrunk } from "./shrink.ts";

const LINES_MAX = 120;

/** What to say of a seed that broke a promise: which, how to see it again, and the shortest way there. */
export function report({ seed, deeds }: Plan, { kept, outcome }: Shrunk): string {
  const { lines } = outcome;
  const left = lines.length - LINES_MAX;
  return [
    `Seed ${seed} breaks a promise: ${outcome.fault}`,
    "",
    `With ${kept.length} of its ${deeds.length} deeds it goes like this:`,
    ...(left > 0 ? [`  (${left} lines before)`] : []),
    ...lines.slice(-LINES_MAX).map((line) => `  ${line}`),
    "",
    "To see it again:",
    `  deno task simulate --seed=${seed} --deeds=${kept.join(",")}`,
    `  deno task simulate --seed=${seed}   # with all deeds, shrunk anew`,
  ].join("\n");
}
