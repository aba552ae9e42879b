import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { flagsWith, taskFlags } from "../support/task_flags.ts";

// The commands as a user runs them, each a process of its own.

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function quotewire(url: string, ...args: string[]): Promise<CommandResult> {
  const [command = ""] = args;
  const isEmbedded = url.startsWith("embedded:");
  const flags = isEmbedded ? flagsWith("embedded", command) : taskFlags(command);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, MAIN, ...args],
    env: { DATABASE_URL: url, LOG_LEVEL: "warning" },
    stdin: "null",
  }).output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out.trimEnd(), stderr: err.trimEnd() };
}

function insertOld(url: string): Promise<unknown> {
  return query(
    url,
    (sql) =>
      sql`insert into stock_prices (symbol, price, source, timestamp, inserted_at)
      select 'A', n, 's', n, now() - interval '40 days' from generate_series(1, 3) n`,
  );
}

Deno.test("migrate prints what it applied, and then that there is nothing to apply", async () => {
  await using database = await testDatabase({ empty: true });
  const first = await quotewire(database.url, "migrate");
  const second = await quotewire(database.url, "migrate");
  assert.match(first.stdout, /^Applied 20261121000000_create_stock_prices\.sql/);
  assert.equal(second.stdout, "Nothing to apply: the schema is up to date");
});

Deno.test("migrate ends with advice when no Postgres runs", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const { code, stderr } = await quotewire(`postgres://a:secret@127.0.0.1:${port}/b`, "migrate");
  assert.equal(code, 1);
  assert.match(stderr, /^Cannot use Postgres at 127\.0\.0\.1:\d+: .*docker compose up -d.*$/);
  assert.doesNotMatch(stderr, /secret/);
});

Deno.test("migrate starts an embedded Postgres for itself and stops it again", async () => {
  const folder = await Deno.makeTempDir({ prefix: "quotewire-commands-" });
  await Deno.chmod(folder, 0o755);
  try {
    const url = `embedded:${join(folder, "postgres")}`;
    const first = await quotewire(url, "migrate");
    const second = await quotewire(url, "migrate");
    assert.match(first.stdout, /^Applied /);
    assert.equal(second.stdout, "Nothing to apply: the schema is up to date");
    const names = await Array.fromAsync(Deno.readDir(join(folder, "postgres", "data")));
    assert.ok(!names.some(({ name }) => name === "postmaster.pid"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("reset refuses to delete anything without being asked at a terminal", async () => {
  await using database = await testDatabase();
  await insertOld(database.url);
  const { code, stderr } = await quotewire(database.url, "reset");
  assert.equal(code, 2);
  assert.match(stderr, /^Cannot run reset: must be confirmed at a terminal/);
  assert.equal((await query(database.url, (sql) => sql`select from stock_prices`)).length, 3);
});

Deno.test("reset --yes empties the database and makes the tables anew", async () => {
  await using database = await testDatabase();
  await insertOld(database.url);
  const { code, stdout } = await quotewire(database.url, "reset", "--yes");
  assert.equal(code, 0);
  assert.match(stdout, /Will be deleted: .*stock_prices \(3 rows\)\nApplied 20261121000000_/);
  assert.equal((await query(database.url, (sql) => sql`select from stock_prices`)).length, 0);
});

Deno.test("reset leaves other tables alone, and refuses when they build on Quotewire's", async () => {
  await using database = await testDatabase();
  await query(database.url, (sql) => sql`create table orders (number int)`);
  await query(database.url, (sql) => sql`create view board as select symbol from stock_prices`);
  const { code, stderr } = await quotewire(database.url, "reset", "--yes");
  assert.equal(code, 1);
  assert.match(stderr, /^Cannot reset: nothing else may depend .*view board depends on/s);
  await query(database.url, (sql) => sql`drop view board`);
  assert.equal((await quotewire(database.url, "reset", "--yes")).code, 0);
  assert.equal((await query(database.url, (sql) => sql`select from orders`)).length, 0);
});

Deno.test("prune deletes old rows and says how many", async () => {
  await using database = await testDatabase();
  await insertOld(database.url);
  const { code, stdout } = await quotewire(database.url, "prune", "--days", "30");
  assert.equal(code, 0);
  assert.equal(stdout, "Deleted 2 prices and 0 chat messages older than 30 days");
});

Deno.test("prune wants to know how much to keep", async () => {
  await using database = await testDatabase();
  const { code, stderr } = await quotewire(database.url, "prune");
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^Cannot run prune: --days or RETENTION_DAYS must say how many days to keep/,
  );
});

Deno.test("prune refuses days that are no whole number", async () => {
  await using database = await testDatabase();
  const { code, stderr } = await quotewire(database.url, "prune", "--days", "0");
  assert.equal(code, 2);
  assert.equal(stderr, "Cannot read --days: must be 1 to 36500, is 0");
});

Deno.test("prune says how to create the tables when there are none", async () => {
  await using database = await testDatabase({ empty: true });
  const { code, stderr } = await quotewire(database.url, "prune", "--days", "30");
  assert.equal(code, 1);
  assert.match(stderr, /"stock_prices" does not exist\. Create the tables with/);
});
