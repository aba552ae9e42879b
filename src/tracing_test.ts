import assert from "node:assert/strict";
import { type ReceivedSpan, TraceReceiver } from "../tests/support/trace_receiver.ts";
import { waitFor } from "../tests/support/wait_for.ts";

/** Runs the program with these variables; returns what it printed. */
async function run(env: Record<string, string>): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-prompt", "tests/support/traced_program.ts"],
    cwd: new URL("../", import.meta.url),
    env,
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

Deno.test("openTracing() makes nothing where Deno sends no telemetry", async () => {
  assert.deepEqual(await run({ OTEL_DENO: "false" }), ["off"]);
});

Deno.test("Tracing.during() nests spans over awaits, and marks those whose work failed", async () => {
  await using receiver = new TraceReceiver();
  assert.deepEqual(await run(receiver.env), ["on", "thrown", "rejected"]);
  const spans = await waitFor("the spans", () => receiver.spans.length >= 5 && receiver.spans);
  const byName = new Map<string, ReceivedSpan>(spans.map((span) => [span.name, span]));
  const [parent, child] = [byName.get("parent"), byName.get("child")];
  assert.equal(child?.parentSpanId, parent?.spanId);
  assert.equal(child?.traceId, parent?.traceId);
  assert.deepEqual(parent?.attributes.get("known"), [1]);
  assert.deepEqual(parent?.attributes.get("later"), [2]);
  const failed = spans.filter(({ status }) => status.code === 2).map(({ name }) => name);
  assert.deepEqual(failed.toSorted(), ["failer", "rejecter", "thrower"]);
});
