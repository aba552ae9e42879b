import assert from "node:assert/strict";
import { EnvReader, withEnvFile } from "./env.ts";
import { ConfigError } from "./errors.ts";

function reader(values: Record<string, string>): EnvReader {
  return new EnvReader((name) => values[name]);
}

function faults(read: (env: EnvReader) => void, values: Record<string, string>): readonly string[] {
  const env = reader(values);
  read(env);
  try {
    env.throwFaults();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.faults;
  }
  return [];
}

const PORT = { default: 8080, min: 1, max: 65_535 };

Deno.test("EnvReader.integer() reads a number, and its default when unset or empty", () => {
  assert.equal(reader({ PORT: " 99 " }).integer("PORT", PORT), 99);
  assert.equal(reader({}).integer("PORT", PORT), 8080);
  assert.equal(reader({ PORT: "" }).integer("PORT", PORT), 8080);
});

Deno.test("EnvReader.integer() names variable, rule and value of a fault", () => {
  assert.deepEqual(faults((env) => env.integer("PORT", PORT), { PORT: "99999" }), [
    "Cannot read PORT: must be 1 to 65535, is 99999",
  ]);
});

for (const value of ["1e3", "0x10", "8080.0", "eighty", "-1", "Infinity", "8 080"]) {
  Deno.test(`EnvReader.integer() refuses ${value}`, () => {
    assert.equal(faults((env) => env.integer("PORT", PORT), { PORT: value }).length, 1);
  });
}

Deno.test("EnvReader.choice() names the words it knows", () => {
  assert.deepEqual(
    faults((env) => env.choice("MODE", ["poll", "listen"], "poll"), { MODE: "push" }),
    [
      "Cannot read MODE: must be one of poll, listen, is push",
    ],
  );
});

Deno.test("EnvReader.list() cuts blanks and leaves out empty words", () => {
  assert.deepEqual(reader({ SYMBOLS: " A, B ,,C" }).list("SYMBOLS", []), ["A", "B", "C"]);
});

Deno.test("EnvReader.throwFaults() throws every fault at once", () => {
  const read = (env: EnvReader) => {
    env.integer("PORT", PORT);
    env.decimal("RATE", { default: 1, min: 0, max: 2 });
  };
  assert.equal(faults(read, { PORT: "x", RATE: "3" }).length, 2);
});

Deno.test("withEnvFile() takes from the file what the environment does not set", () => {
  const lookup = withEnvFile((name) => ({ PORT: "1" })[name], '# comment\nPORT=2\nHOST="::1"\n');
  assert.deepEqual(["PORT", "HOST", "WORKERS"].map(lookup), ["1", "::1", undefined]);
});
