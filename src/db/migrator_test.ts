import assert from "node:assert/strict";
import { SetupError } from "../errors.ts";
import type { Migration } from "./migration_files.ts";
import { pendingMigrations } from "./migrator.ts";

const first = migration("01_a.sql");
const second = migration("02_b.sql");
const third = migration("03_c.sql");

function migration(name: string): Migration {
  return { name, text: "select 1", checksum: `checksum of ${name}` };
}

function assertRefused(
  migrations: readonly Migration[],
  applied: readonly Pick<Migration, "name" | "checksum">[],
  message: string,
): void {
  assert.throws(() => pendingMigrations(migrations, applied), (error) => {
    assert.ok(error instanceof SetupError);
    assert.equal(error.message, message);
    return true;
  });
}

Deno.test("pendingMigrations() returns all for an empty database", () => {
  assert.deepEqual(pendingMigrations([first, second], []), [first, second]);
});

Deno.test("pendingMigrations() returns none when all are applied", () => {
  assert.deepEqual(pendingMigrations([first, second], [first, second]), []);
});

Deno.test("pendingMigrations() returns what comes after the applied ones", () => {
  assert.deepEqual(pendingMigrations([first, second, third], [first]), [second, third]);
});

Deno.test("pendingMigrations() refuses a text that has changed since", () => {
  assertRefused(
    [first, second],
    [{ name: first.name, checksum: "another" }],
    "Cannot migrate: 01_a.sql must stay as it was when it was applied, has changed since. " +
      "Restore that file and put the change into a new migration.",
  );
});

Deno.test("pendingMigrations() refuses a database of a newer version", () => {
  assertRefused(
    [first],
    [first, second],
    "Cannot migrate: the database must hold no migration that this version does not know, holds " +
      "02_b.sql. Use the newer Quotewire that applied it, or another database.",
  );
});

Deno.test("pendingMigrations() refuses a new migration that sorts before an applied one", () => {
  assertRefused(
    [first, second, third],
    [first, third],
    "Cannot migrate: 02_b.sql must come after 03_c.sql, which is already applied. " +
      "Give it a later number.",
  );
});
