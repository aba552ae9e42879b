import assert from "node:assert/strict";
import { AGGREGATOR_METRICS } from "../src/aggregator/aggregator_metrics.ts";
import type { LabelSets, Metric } from "../src/exposition/metric.ts";
import { SERVER_METRICS } from "../src/exposition/server_metrics.ts";

const DOCUMENT = await Deno.readTextFile(new URL("../docs/metrics.md", import.meta.url));
const ROW_REGEXP = /^\| `(quotewire_\w+)` +\| (counter|gauge|histogram) +\| (.*?) *\|.*\|$/gm;
const LABEL_REGEXP = /^\| `(\w+)` +\| (.*`.*) +\|$/gm;

type Described = Pick<Metric<never>, "name" | "type"> & { readonly labels?: LabelSets };

/** Every metric, wherever it is told. */
const METRICS: readonly Described[] = [...SERVER_METRICS, ...AGGREGATOR_METRICS];

/** What stands in backticks; "`0` to `63`" stands for all numbers in between. */
function words(text: string): string[] {
  const ranges = text.replace(/`(\d+)` to `(\d+)`/g, (_, first: string, last: string) => {
    const count = Number(last) - Number(first) + 1;
    return Array.from({ length: count }, (_, at) => `\`${Number(first) + at}\``).join();
  });
  return [...ranges.matchAll(/`([^`]+)`/g)].flatMap(([, word]) => word ?? []);
}

Deno.test("Every metric is documented with its type and labels, and every documented one exists", () => {
  const documented = [...DOCUMENT.matchAll(ROW_REGEXP)].map(([, name, type, labels = ""]) =>
    `${name} ${type} ${words(labels).join()}`
  );
  const known = METRICS.map(({ name, type, labels = {} }) =>
    `${name} ${type} ${Object.keys(labels).join()}`
  );
  assert.ok(known.length > 30);
  assert.deepEqual(documented.toSorted(), known.toSorted());
});

Deno.test("Every label is documented with all of its values, and means the same on every metric", () => {
  const documented = new Map(
    [...DOCUMENT.split("## Labels")[1]?.matchAll(LABEL_REGEXP) ?? []].map((
      [, label = "", values = ""],
    ) => [label, words(values).toSorted()]),
  );
  const used = new Set(METRICS.flatMap(({ labels = {} }) => Object.keys(labels)));
  assert.deepEqual([...documented.keys()].toSorted(), [...used].toSorted());
  for (const { name, labels = {} } of METRICS) {
    for (const [label, values] of Object.entries(labels)) {
      assert.deepEqual(documented.get(label), values.toSorted(), `${label} of ${name}`);
    }
  }
});

Deno.test("Every metric is named as Prometheus wants it: prefix, base unit, _total", () => {
  for (const { name, type } of METRICS) {
    assert.match(name, /^quotewire_[a-z][a-z_]*[a-z]$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
    assert.doesNotMatch(name, /_(ms|milliseconds|minutes|kb|mb|megabytes|percent|count)(_|$)/);
    if (type === "histogram") assert.match(name, /_seconds$/);
  }
});
