import assert from "node:assert/strict";
import { ConfigError } from "../errors.ts";
import { readArguments, readFlags } from "./flags.ts";

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

Deno.test("readArguments() reads values and collects what is wrong with them", () => {
  const { values } = readArguments("soak", ["--minutes=x", "--seed", "7"], {
    minutes: "string",
    seed: "string",
  });
  assert.equal(values.integer("--seed", { default: 1, min: 0, max: 9 }), 7);
  values.decimal("--minutes", { default: 1, min: 0.5, max: 9 });
  assert.throws(
    () => values.throwFaults(),
    /^ConfigError: Cannot read --minutes: must be 0.5 to 9/,
  );
});

Deno.test("readArguments() takes other arguments only where they are allowed", () => {
  const { positionals } = readArguments("watch", ["ws://desk"], {}, { allowPositionals: true });
  assert.deepEqual(positionals, ["ws://desk"]);
  assert.throws(
    () => readArguments("soak", ["5"], {}, { usage: "soak MINUTES" }),
    (error) => error instanceof ConfigError && error.faults.at(-1) === "soak MINUTES",
  );
});
