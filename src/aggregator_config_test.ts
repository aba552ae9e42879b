import assert from "node:assert/strict";
import { readAggregatorConfig } from "./aggregator_config.ts";
import { environmentOf, faultsOf } from "../tests/support/settings.ts";

Deno.test("readAggregatorConfig() wants the key of each selected source", () => {
  const faults = faultsOf(() =>
    readAggregatorConfig(environmentOf({ AGGREGATOR_SOURCES: "finnhub,alpha_vantage,replay" }))
  );
  assert.equal(faults.length, 3);
  assert.match(faults.join(), /FINNHUB_API_KEY: must be set/);
});

Deno.test("readAggregatorConfig() refuses a source that it does not know", () => {
  assert.match(
    faultsOf(() => readAggregatorConfig(environmentOf({ AGGREGATOR_SOURCES: "bloomberg" }))).join(),
    /is bloomberg/,
  );
});

Deno.test("readAggregatorConfig() tells its figures to nobody, or to this machine, or to whom it is told", () => {
  const metricsOf = (values: Record<string, string>) =>
    readAggregatorConfig(environmentOf(values)).metrics;
  assert.equal(metricsOf({ METRICS_HOST: "0.0.0.0" }), undefined);
  assert.deepEqual(metricsOf({ METRICS_PORT: "9090" }), { host: "127.0.0.1", port: 9090 });
  assert.deepEqual(metricsOf({ METRICS_PORT: "9090", METRICS_HOST: "::" }), {
    host: "::",
    port: 9090,
  });
  const faults = faultsOf(() => readAggregatorConfig(environmentOf({ METRICS_PORT: "0" })));
  assert.match(faults.join(), /^Cannot read METRICS_PORT: must be 1 to 65535, is 0$/);
});
