import assert from "node:assert/strict";
import { ConfigError } from "../errors.ts";
import { readFlags } from "./flags.ts";

Deno.test("readFlags() returns the options that were given", () => {
  const flags = readFlags("prune", ["--days", "30"], { days: "string", yes: "boolean" });
  assert.deepEqual({ ...flags }, { days: "30" });
});

Deno.test("readFlags() accepts NAME=VALUE", () => {
  assert.equal(readFlags("prune", ["--days=30"], { days: "string" }).days, "30");
});

Deno.test("readFlags() names the options that there are when one is unknown", () => {
  assert.throws(
    () => readFlags("prune", ["--dayz", "30"], { days: "string" }),
    (error) =>
      error instanceof ConfigError && /--dayz.*It takes --days VALUE$/s.test(error.message),
  );
});

Deno.test("readFlags() refuses plain arguments", () => {
  assert.throws(() => readFlags("migrate", ["up"], {}), ConfigError);
});
