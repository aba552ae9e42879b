import assert from "node:assert/strict";
import fc from "fast-check";
import { readAggregatorConfig } from "../../src/aggregator_config.ts";
import { readDatabaseConfig, readServerConfig } from "../../src/config.ts";
import { arrayLiteral } from "../../src/db/array_literal.ts";
import { EnvReader, withEnvFile } from "../../src/env.ts";
import { ConfigError } from "../../src/errors.ts";
import { query } from "../support/query.ts";
import { testDatabase } from "../support/postgres.ts";

const NAMES = [
  ...["HOST", "PORT", "DATABASE_URL", "FEED_MODE", "POLL_INTERVAL_MS", "WORKERS", "LOG_LEVEL"],
  ...["ALLOWED_ORIGINS", "MAX_SESSIONS", "MAX_MESSAGE_BYTES", "SYMBOLS", "AGGREGATOR_SOURCES"],
  ...["TICKS_PER_SECOND", "SIMULATOR_SEED", "FINNHUB_URL", "REPLAY_SPEED", "RETENTION_DAYS"],
  ...["BACKBONE", "BACKBONE_CREDS_FILE", "BACKBONE_CA_FILE", "BACKBONE_PREFIX"],
];
const aValue = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.integer().map(String),
  fc.double().map(String),
  fc.webUrl(),
  fc.constantFrom(
    "",
    " ",
    "poll",
    "embedded:",
    "embedded:x",
    "postgres://",
    "nats://",
    "*",
    ",",
    "0x10",
    "1e3",
  ),
);
const variables = fc.dictionary(fc.constantFrom(...NAMES), aValue);

Deno.test("A configuration is read whole, or refused by a ConfigError that names the variables", () => {
  fc.assert(fc.property(variables, (given) => {
    for (const read of [readServerConfig, readAggregatorConfig, readDatabaseConfig]) {
      try {
        read((name) => given[name]);
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        for (const fault of error.faults) assert.match(fault, /^Cannot (read|use|start|get) \S+/);
      }
    }
  }));
});

Deno.test("EnvReader.integer() and decimal() give a number within their bounds, or a fault", () => {
  const bounds = fc.tuple(fc.integer(), fc.nat(1000)).map(([min, size]) => ({
    min,
    max: min + size,
  }));
  const near = fc.tuple(bounds, aValue, fc.integer({ min: -3, max: 1003 }), fc.boolean());
  fc.assert(fc.property(near, ([{ min, max }, text, offset, strange]) => {
    const value = strange ? text : String(min + offset);
    for (const read of ["integer", "decimal"] as const) {
      const env = new EnvReader(() => value);
      const number = env[read]("X", { default: min, min, max });
      assert.ok(number >= min && number <= max);
      const allowed = !strange && min + offset >= min && min + offset <= max;
      if (allowed) assert.equal(number, min + offset);
      if (!strange && !allowed) assert.throws(() => env.throwFaults(), ConfigError);
    }
  }));
});

Deno.test("withEnvFile() reads any text, and what was written in the plainest form", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    withEnvFile(() => undefined, text)("X");
  }));
  const words = fc.stringMatching(/^[A-Za-z0-9_./:@-]{1,30}$/);
  fc.assert(fc.property(fc.dictionary(fc.constantFrom(...NAMES), words), (given) => {
    const text = Object.entries(given).map(([name, value]) => `${name}=${value}\n`).join("");
    const lookup = withEnvFile(() => undefined, text);
    for (const [name, value] of Object.entries(given)) assert.equal(lookup(name), value);
  }));
});

Deno.test("arrayLiteral() is read by Postgres as the array that was written", async () => {
  await using database = await testDatabase({ empty: true });
  // NUL is what Postgres cannot store; it is refused before.
  const texts = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", ""));
  const lists = fc.array(
    fc.oneof(texts, fc.constant(null), fc.constantFrom("NULL", "{}", '","', "\\")),
  );
  const samples = fc.sample(lists, 100);
  // The driver may give an array as text; JSON it leaves alone.
  await query(database.url, async (sql) => {
    for (const list of samples) {
      const [row] = await sql`SELECT to_json(${arrayLiteral(list)}::text::text[])::text AS list`;
      assert.deepEqual(JSON.parse(row?.list), list);
    }
  });
});
