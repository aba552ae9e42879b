import { type LatencyRow, measureLatency } from "./latency.ts";

/** Runs the benchmarks and prints their tables. Compare rows of one run only: machines differ, and so do days. */
async function main(): Promise<number> {
  const { deno, v8 } = Deno.version;
  print(`Deno ${deno}, V8 ${v8}, ${Deno.build.target}, ${navigator.hardwareConcurrency} cores`);
  print("\nLatency to a client, milliseconds; the ratio compares medians from the INSERT on");
  print(latencyTable(await measureLatency()));
  return 0;
}

function latencyTable(rows: readonly LatencyRow[]): string {
  const control = rows.at(-1);
  const head = ["way", "rows", "INSERT p50", "p99", "commit p50", "p99", "against control"];
  const body = rows.map(({ way, fromInsert, fromCommit }) => [
    way,
    String(fromInsert.count),
    ...[fromInsert.p50, fromInsert.p99, fromCommit.p50, fromCommit.p99].map((ms) => ms.toFixed(2)),
    control === undefined ? "" : `${(fromInsert.p50 / control.fromInsert.p50).toFixed(1)} ×`,
  ]);
  return [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) Deno.exit(await main());
