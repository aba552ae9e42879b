import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readMigrations } from "../../src/db/migration_files.ts";
import { migrate, MIGRATION_LOCK_KEY } from "../../src/db/migrator.ts";
import { SetupError } from "../../src/errors.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { taskFlags } from "../support/task_flags.ts";
import { waitFor } from "../support/wait_for.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

Deno.test("migrate() applies everything once", async () => {
  await using database = await testDatabase({ empty: true });
  const names = (await readMigrations()).map(({ name }) => name);
  assert.deepEqual(await migrate(database.url), names);
  assert.deepEqual(await migrate(database.url), []);
});

Deno.test("migrate() leaves each migration to one of several calls at the same time", async () => {
  await using database = await testDatabase({ empty: true });
  const results = await Promise.all(Array.from({ length: 6 }, () => migrate(database.url)));
  const names = (await readMigrations()).map(({ name }) => name);
  assert.deepEqual(results.flat().sort(), names);
});

Deno.test("migrate() leaves each migration to one of two processes at the same time", async () => {
  await using database = await testDatabase({ empty: true });
  const outputs = await Promise.all([1, 2].map(async () => {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...taskFlags("migrate"), MAIN, "migrate"],
      env: { DATABASE_URL: database.url },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trimEnd();
  }));
  const lines = outputs.flatMap((output) => output.split("\n")).filter((line) =>
    line.startsWith("Applied ")
  );
  assert.deepEqual(lines.sort(), (await readMigrations()).map(({ name }) => `Applied ${name}`));
});

Deno.test("migrate() undoes all of a migration that fails half-way", async () => {
  await using database = await testDatabase({ empty: true });
  await using folder = await migrationFolder({
    "20260101000000_first.sql": "create table quotewire_kept (number int)",
    "20260102000000_broken.sql": "create table quotewire_undone (number int); select 1 / 0",
  });
  await assert.rejects(migrate(database.url, { directory: folder.url }), /division by zero/);
  const rows = await query(
    database.url,
    (sql) => sql`select relname from pg_class where relname like 'quotewire%' and relkind = 'r'`,
  );
  assert.deepEqual(rows.map((row) => row["relname"]).sort(), [
    "quotewire_kept",
    "quotewire_migrations",
  ]);
});

Deno.test("migrate() goes on where a failed run stopped", async () => {
  await using database = await testDatabase({ empty: true });
  await using folder = await migrationFolder({
    "20260101000000_first.sql": "create table quotewire_kept (number int)",
    "20260102000000_broken.sql": "select 1 / 0",
  });
  await assert.rejects(migrate(database.url, { directory: folder.url }));
  await Deno.writeTextFile(join(folder.path, "20260102000000_broken.sql"), "select 1");
  assert.deepEqual(await migrate(database.url, { directory: folder.url }), [
    "20260102000000_broken.sql",
  ]);
});

Deno.test("migrate() refuses an applied migration whose text has changed", async () => {
  await using database = await testDatabase({ empty: true });
  await using folder = await migrationFolder({ "20260101000000_first.sql": "select 1" });
  await migrate(database.url, { directory: folder.url });
  await Deno.writeTextFile(join(folder.path, "20260101000000_first.sql"), "select 2");
  await assert.rejects(migrate(database.url, { directory: folder.url }), (error) => {
    return error instanceof SetupError && /first\.sql must stay as it was/.test(error.message);
  });
});

Deno.test("migrate() refuses a database that a newer version has migrated", async () => {
  await using database = await testDatabase();
  await using folder = await migrationFolder({});
  await assert.rejects(migrate(database.url, { directory: folder.url }), (error) => {
    return error instanceof SetupError &&
      /each migration that this version does not know/.test(error.message);
  });
});

// Whoever went back to the version before, as docs/operations.md says, had a server that refused to start;
// so did an older server that was started again during an upgrade.
Deno.test("migrate() goes on with a schema that a newer version has added to", async () => {
  await using database = await testDatabase({ empty: true });
  const known = { "20260101000000_first.sql": "select 1" };
  const allows = "update quotewire_migrations set older_go_on = true";
  await using newer = await migrationFolder({ ...known, "20260102000000_second.sql": allows });
  await using older = await migrationFolder(known);
  await migrate(database.url, { directory: newer.url });
  assert.deepEqual(await migrate(database.url, { directory: older.url }), []);
});

Deno.test("migrate() adds to a list of migrations that the first version made", async () => {
  await using database = await testDatabase({ empty: true });
  const [first] = await readMigrations();
  await query(database.url, async (sql) => {
    await sql`create table quotewire_migrations (
      name text primary key, checksum text not null, applied_at timestamptz default now())`;
    await sql.unsafe(first?.text ?? "").simple();
    await sql`insert into quotewire_migrations (name, checksum)
      values (${first?.name ?? ""}, ${first?.checksum ?? ""})`;
    await sql`insert into stock_prices (symbol, price, source, timestamp) values ('A', 1, 'x', 1)`;
  });
  const names = (await readMigrations()).map(({ name }) => name);
  assert.deepEqual(await migrate(database.url), names.slice(1));
  const [kept] = await query(database.url, (sql) => sql`select symbol, price from stock_prices`);
  assert.deepEqual(kept, { symbol: "A", price: 1 });
  const listed = await query(
    database.url,
    (sql) => sql`select older_go_on as allows from quotewire_migrations order by name`,
  );
  assert.deepEqual(listed.map(({ allows }) => allows), names.map((_, index) => index > 0));
});

Deno.test("migrate() says what to do where a part of a dump was restored", async () => {
  await using database = await testDatabase();
  // pg_restore --table=stock_prices brings the table with its rules, and neither indexes nor triggers.
  await query(database.url, (sql) => sql`drop table quotewire_migrations`);
  await assert.rejects(migrate(database.url), (error) => {
    return error instanceof SetupError && /restore the rows alone/.test(error.message);
  });
});

Deno.test("migrate() gives up on a lock that stays taken, and says who may hold it", async () => {
  await using database = await testDatabase({ empty: true });
  await query(database.url, async (sql) => {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK_KEY})`;
    await assert.rejects(migrate(database.url, { turnDeadlineMs: 50 }), (error) => {
      assert.ok(error instanceof SetupError);
      assert.match(error.message, /lock timeout\. Another migration is at work, or a long trans/);
      return true;
    });
  });
});

Deno.test("migrate() stops when told to, and leaves nothing half done", async () => {
  await using database = await testDatabase({ empty: true });
  await using folder = await migrationFolder({
    "20260101000000_slow.sql": "create table quotewire_undone (number int); select pg_sleep(60)",
  });
  const controller = new AbortController();
  const refused = assert.rejects(
    migrate(database.url, { directory: folder.url, signal: controller.signal }),
    { name: "AbortError" },
  );
  const activity = () =>
    query(database.url, (sql) =>
      sql`select 1 from pg_stat_activity
        where datname = current_database() and wait_event = 'PgSleep'`);
  await waitFor("the migration to be at work", async () => (await activity()).length > 0);
  controller.abort();
  await refused;
  await waitFor("the migration to have ended", async () => (await activity()).length === 0);
  const rows = await query(
    database.url,
    (sql) => sql`select to_regclass('quotewire_undone') is null as undone`,
  );
  assert.deepEqual([...rows], [{ undone: true }]);
});

Deno.test("migrate() can be told to stop while Postgres goes away", async () => {
  // The driver's cancel dials Postgres, and when nobody was there it threw where nobody could catch it.
  await using database = await testDatabase({ empty: true });
  await using proxy = await FaultProxy.start(database.url);
  await using folder = await migrationFolder({ "20260101000000_slow.sql": "select pg_sleep(60)" });
  const controller = new AbortController();
  const refused = assert.rejects(
    migrate(proxy.url, { directory: folder.url, signal: controller.signal }),
  );
  await waitFor("the migration to be at work", () =>
    query(database.url, async (sql) => {
      const rows = await sql`select 1 from pg_stat_activity
        where datname = current_database() and wait_event = 'PgSleep'`;
      return rows.length > 0;
    }));
  proxy.refuse();
  controller.abort();
  await refused;
});

Deno.test("migrate() says what to do when no Postgres runs, without the password", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await assert.rejects(migrate(`postgres://anna:secret@127.0.0.1:${port}/prices`), (error) => {
    assert.ok(error instanceof SetupError);
    assert.match(error.message, /ECONNREFUSED.*docker compose up -d/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});

Deno.test("migrate() says what to do when the database does not exist", async () => {
  await using database = await testDatabase();
  const url = new URL(database.url);
  url.pathname = "/quotewire_absent";
  await assert.rejects(migrate(url.href), (error) => {
    assert.ok(error instanceof SetupError);
    assert.match(error.message, /Create it with "create database quotewire_absent"/);
    return true;
  });
});

// A user with few rights serves a schema that somebody else has migrated.
Deno.test("migrate() needs no right to change a schema that is up to date", async () => {
  await using database = await testDatabase();
  await query(database.url, (sql) =>
    sql.unsafe(`
      create role quotewire_reader_${database.name} login password 'reader';
      grant select on quotewire_migrations to quotewire_reader_${database.name};`).simple());
  const url = new URL(database.url);
  url.username = `quotewire_reader_${database.name}`;
  url.password = "reader";
  try {
    assert.deepEqual(await migrate(url.href), []);
  } finally {
    await query(database.url, (sql) =>
      sql.unsafe(`
        drop owned by quotewire_reader_${database.name};
        drop role quotewire_reader_${database.name};`).simple());
  }
});

async function migrationFolder(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { url: URL; path: string }> {
  const path = await Deno.makeTempDir({ prefix: "quotewire-migrations-" });
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(path, name), text);
  }
  return {
    path,
    url: pathToFileURL(`${path}/`),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

Deno.test("migrate() says what to grant to a user who may not read the tables", async () => {
  // Such a user met a stack trace of the driver: Postgres' code for it had no advice.
  await using database = await testDatabase();
  const role = `quotewire_nobody_${database.name}`;
  await query(database.url, (sql) => sql.unsafe(`create role ${role} login password 'nobody'`));
  const url = new URL(database.url);
  url.username = role;
  url.password = "nobody";
  try {
    await assert.rejects(
      migrate(url.href),
      (error) =>
        error instanceof SetupError &&
        /permission denied for table quotewire_migrations\. .*"grant select on quotewire_migrations, stock_prices/
          .test(
            error.message,
          ) &&
        error.message.includes(`to ${role}"`) && !error.message.includes("nobody:"),
    );
  } finally {
    await query(database.url, (sql) => sql.unsafe(`drop role ${role}`));
  }
});
