import assert from "node:assert/strict";
import { Exposition } from "./exposition.ts";
import { each, single } from "./metric.ts";

const ANSWERS = each(
  "counter",
  "answers_total",
  "Answers given.",
  ["tone", ["kind", "terse"]],
  (answers: readonly string[], tone) => answers.filter((answer) => answer === tone).length,
);

Deno.test("Exposition.read() writes a sample for each value of a label, also for what never happened", async () => {
  const exposition = new Exposition([ANSWERS], () => ["kind", "kind"]);
  const { text, contentType } = await exposition.read();
  assert.equal(
    text,
    "# HELP answers_total Answers given.\n# TYPE answers_total counter\n" +
      'answers_total{tone="kind"} 2\nanswers_total{tone="terse"} 0\n',
  );
  assert.match(contentType, /^text\/plain; version=0\.0\.4/);
});

Deno.test("Exposition.read() writes a histogram whose buckets count those before them", async () => {
  const exposition = new Exposition([{
    type: "histogram",
    name: "wait_seconds",
    help: "Waits.",
    boundsSeconds: [0.1, 1],
    read: () => ({ counts: [3, 2, 1], sumSeconds: 4.5 }),
  }], () => undefined);
  const lines = (await exposition.read()).text.trim().split("\n");
  assert.deepEqual(lines.slice(1), [
    "# TYPE wait_seconds histogram",
    'wait_seconds_bucket{le="0.1"} 3',
    'wait_seconds_bucket{le="1"} 5',
    'wait_seconds_bucket{le="+Inf"} 6',
    "wait_seconds_sum 4.5",
    "wait_seconds_count 6",
  ]);
});

Deno.test("Exposition.read() looks once for all who ask at the same time, and anew for who comes after", async () => {
  let looks = 0;
  const count = single("gauge", "looks", "Looks.", () => looks);
  const exposition = new Exposition([count], () => {
    looks += 1;
  });
  const both = await Promise.all([exposition.read(), exposition.read()]);
  assert.match(both[0].text, /^looks 1$/m);
  assert.equal(both[1], both[0]);
  assert.match((await exposition.read()).text, /^looks 2$/m);
});

Deno.test("Exposition.read() tries anew after it has failed", async () => {
  let broken = true;
  const count = single("gauge", "looks", "Looks.", () => 1);
  const exposition = new Exposition([count], () => {
    if (broken) throw new Error("broken by a test");
  });
  await assert.rejects(exposition.read(), /broken by a test/);
  broken = false;
  assert.match((await exposition.read()).text, /^looks 1$/m);
});
