import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { withDeadline } from "../../src/lifecycle.ts";

/** What `run_embedded.ts` prints. */
const reportSchema = v.union([
  v.object({ url: v.string(), processId: v.number(), directory: v.string() }),
  v.object({ fault: v.string() }),
]);

/** A process of its own that runs, or failed to run, an embedded Postgres. */
export interface EmbeddedProcess extends AsyncDisposable {
  readonly processId: number;
  /** What it said; waits until it did. */
  report(): Promise<v.InferOutput<typeof reportSchema>>;
  /** Ends it without a chance to stop its Postgres. */
  kill(): Promise<void>;
}

const REPORT_DEADLINE_MS = 60_000;
const CHECKOUT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Starts `run_embedded.ts` on a folder.
 *
 * @param options.checkout another copy of this checkout to run it from
 * @param options.uid the user to run it as, which only root may choose
 * @param options.cacheDirectory for Deno's own files, where that user can write
 */
export function startEmbeddedProcess(
  directory: string,
  options: { checkout?: string; uid?: number; cacheDirectory?: string } = {},
): EmbeddedProcess {
  const checkout = options.checkout ?? CHECKOUT;
  const { uid, cacheDirectory } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--no-lock",
      // As it is: another user must not try to install into our checkout.
      "--node-modules-dir=manual",
      `--config=${checkout}/deno.json`,
      `${checkout}/tests/support/run_embedded.ts`,
      directory,
    ],
    cwd: "/",
    ...(uid === undefined ? {} : { uid, gid: uid }),
    ...(cacheDirectory === undefined ? {} : { env: { DENO_DIR: cacheDirectory } }),
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let line: Promise<string> | undefined;
  return {
    processId: child.pid,
    async report() {
      line ??= firstLine(child.stdout);
      return v.parse(
        reportSchema,
        JSON.parse(await withDeadline(line, REPORT_DEADLINE_MS, "start an embedded Postgres")),
      );
    },
    async kill() {
      child.kill("SIGKILL");
      await child.status;
    },
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await withDeadline(child.status, REPORT_DEADLINE_MS, "end an embedded Postgres");
      if (!child.stdout.locked) await child.stdout.cancel();
    },
  };
}

/** The report of a process that was expected to run. */
export async function runningReport(
  started: EmbeddedProcess,
): Promise<{ url: string; processId: number; directory: string }> {
  const report = await started.report();
  if ("fault" in report) assert.fail(`The embedded Postgres did not start: ${report.fault}`);
  return report;
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
  }
  return text;
}
