import { ensureChromium } from "./support/browser.ts";
import { startSharedCluster } from "./support/postgres.ts";

/**
 * Runs the tests with everything that they need: a Postgres that they share, started here, and a
 * Chromium, found or installed. Arguments go to `deno test`: files, folders, `--filter`.
 *
 * Ends with a line `N passed, N failed`, and fails as well when a test was skipped: a suite that skips
 * says nothing about what it skipped.
 */
async function main(args: string[]): Promise<number> {
  print(`Browser: ${await ensureChromium()}`);
  const cluster = await startSharedCluster();
  try {
    return await runTests(args, cluster.url);
  } finally {
    await cluster.close();
  }
}

async function runTests(args: string[], databaseUrl: string): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--allow-all",
      "--doc",
      // `deno task ok` has checked all types before. Else each worker that a test starts has its own checked
      // first, which on a busy machine takes longer than a server waits for a worker.
      "--no-check",
      ...(args.length > 0 ? args : ["src", "static", "tests", "tools", "bench"]),
    ],
    env: { QUOTEWIRE_TEST_DATABASE_URL: databaseUrl, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let tail = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    write(chunk);
    tail = (tail + chunk).slice(-2000);
  }
  const { code } = await child.status;
  return report(tail, code);
}

/** Deno's own last line reads "ok | 12 passed (3 steps) | 0 failed | 1 ignored (2s)". */
function report(tail: string, code: number): number {
  const count = (word: string) =>
    Number(tail.match(new RegExp(`\\| (\\d+) ${word}[^|]*(?:\\||$)`))?.[1] ?? 0);
  const passed = count("passed");
  const failed = Math.max(count("failed"), code === 0 ? 0 : 1);
  const skipped = count("ignored");
  if (skipped > 0) print(`Cannot pass: no test may be skipped, ${skipped} are`);
  if (passed === 0) print("Cannot pass: a test must run, none did");
  print(`${passed} passed, ${failed} failed`);
  return code === 0 && skipped === 0 && passed > 0 ? 0 : 1;
}

function print(line: string): void {
  write(`${line}\n`);
}

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
