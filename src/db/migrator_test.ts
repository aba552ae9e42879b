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

/** As the database lists it. */
function applied({ name, checksum }: Migration, olderGoOn = false) {
  return { name, checksum, olderGoOn };
}

function assertRefused(
  migrations: readonly Migration[],
  applied: Parameters<typeof pendingMigrations>[1],
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
  assert.deepEqual(pendingMigrations([first, second], [applied(first), applied(second)]), []);
});

Deno.test("pendingMigrations() returns what comes after the applied ones", () => {
  assert.deepEqual(pendingMigrations([first, second, third], [applied(first)]), [second, third]);
});

Deno.test("pendingMigrations() refuses a text that has changed since", () => {
  assertRefused(
    [first, second],
    [{ ...applied(first), checksum: "another" }],
    "Cannot migrate: 01_a.sql must stay as it was when it was applied, has changed since. " +
      "Restore that file and put the change into a new migration.",
  );
});

Deno.test("pendingMigrations() refuses a database of a newer version that takes something away", () => {
  assertRefused(
    [first],
    [applied(first), applied(second)],
    "Cannot migrate: each migration that this version does not know must let older versions go on, " +
      "02_b.sql does not. Use the newer Quotewire that applied it, or another database.",
  );
});

Deno.test("pendingMigrations() refuses a new migration that sorts before an applied one", () => {
  assertRefused(
    [first, second, third],
    [applied(first), applied(third)],
    "Cannot migrate: 02_b.sql must come after 03_c.sql, which is already applied. " +
      "Give it a later number.",
  );
});

Deno.test("pendingMigrations() goes on with a database of a newer version that only added", () => {
  assert.deepEqual(pendingMigrations([first], [applied(first), applied(second, true)]), []);
});

Deno.test("pendingMigrations() refuses an unknown migration in the middle, whatever it says", () => {
  assertRefused(
    [first, third],
    [applied(first), applied(second, true)],
    "Cannot migrate: each migration that this version does not know must let older versions go on, " +
      "02_b.sql does not. Use the newer Quotewire that applied it, or another database.",
  );
});
