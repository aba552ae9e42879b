import assert from "node:assert/strict";
import { readAggregatorConfig } from "../../src/aggregator_config.ts";
import { readServerConfig } from "../../src/config.ts";
import { POSTGRES_VERSION_MIN } from "../../src/db/connection.ts";
import { readProjectFile } from "../support/project_files.ts";
import { environmentOf, faultsOf } from "../support/settings.ts";

// What docs/configuration.md and .env.example say of each setting, held against what reads it.

/** Whatever reads a setting that has a range. */
const READERS = [readServerConfig, readAggregatorConfig];
/** What the example has to show although it depends on the machine, or on other settings. */
const NOT_FIXED = ["WORKERS", "MAX_SESSIONS_PER_IP"];
/** Needed where the sources ask for them. */
const SOURCES = {
  AGGREGATOR_SOURCES: "simulator,alpha_vantage,finnhub,replay",
  ALPHA_VANTAGE_API_KEY: "key",
  FINNHUB_API_KEY: "key",
  REPLAY_FILE: "prices.csv",
};

const rows = [
  ...(await readProjectFile("docs/configuration.md")).matchAll(
    /^\| `([A-Z_0-9]+)` +\| (.*?) *\| (.*?) *\|$/gm,
  ),
].map(([, name = "", standard = "", meaning = ""]) => ({ name, standard, meaning }));
const example = new Map(
  [...(await readProjectFile(".env.example")).matchAll(/^# ?([A-Z_0-9]+)=(.*)$/gm)]
    .map(([, name = "", value = ""]) => [name, value]),
);

/** What is wrong with an environment that has this setting alone, in the words of all who read it. */
function faultsWith(name: string, value: string): string[] {
  const env = environmentOf({ ...SOURCES, [name]: value });
  return READERS.flatMap((read) => faultsOf(() => read(env)))
    .filter((fault) => fault.includes(name));
}

Deno.test("Every default in docs/configuration.md is that of .env.example", () => {
  const fixed = rows.filter(({ name }) => !NOT_FIXED.includes(name));
  const differing = fixed.filter(({ name, standard }) =>
    (example.get(name) ?? "") !== "" && example.get(name) !== standard
  );
  assert.ok(fixed.length > 40);
  assert.deepEqual(differing, []);
});

Deno.test("Every value of .env.example is the default", () => {
  const values = [...example].filter(([name, value]) => value !== "" && !NOT_FIXED.includes(name));
  const shown = environmentOf(Object.fromEntries(values));
  const bare = environmentOf({});
  assert.deepEqual(
    { ...readServerConfig(shown), isSessionsMaxSet: false },
    { ...readServerConfig(bare), isSessionsMaxSet: false },
  );
  assert.deepEqual(readAggregatorConfig(shown), readAggregatorConfig(bare));
});

Deno.test("Every range in docs/configuration.md is the one that is taken", () => {
  const wrong: string[] = [];
  let ranges = 0;
  for (const { name, meaning } of rows) {
    const [, low, high] = /(?:^|, )(\d[\d.]*) to (\d[\d.]*)(?:$|[;.:])/.exec(meaning) ?? [];
    if (low === undefined || high === undefined) continue;
    ranges += 1;
    const step = low.includes(".") ? Number(low) / 2 : 1;
    const isTaken = (value: number) => faultsWith(name, String(value)).length === 0;
    if (!isTaken(Number(low)) || !isTaken(Number(high))) wrong.push(`${name}: refuses its range`);
    if (isTaken(Number(low) - step)) wrong.push(`${name}: takes less than ${low}`);
    if (isTaken(Number(high) + step)) wrong.push(`${name}: takes more than ${high}`);
  }
  assert.ok(ranges > 15, `are ${ranges}`);
  assert.deepEqual(wrong, []);
});

Deno.test("Every document that says which Postgres is needed says the oldest that is accepted", async () => {
  // README and tutorial named 13, which the server refuses.
  const said = await Promise.all(
    ["README.md", "docs/tutorials/own_table.md"].map(async (path) =>
      Number(/Postgres (?:from )?(\d+) (?:on|or newer)/.exec(await readProjectFile(path))?.[1])
    ),
  );
  assert.deepEqual(said, [POSTGRES_VERSION_MIN, POSTGRES_VERSION_MIN]);
});
