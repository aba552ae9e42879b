import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { SetupError } from "../errors.ts";
import { readMigrations } from "./migration_files.ts";

async function withFiles(
  files: Readonly<Record<string, string>>,
  work: (directory: URL) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempDir();
  try {
    const directory = pathToFileURL(`${path}/`);
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(new URL(name, directory), text);
    }
    await work(directory);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

Deno.test("readMigrations() returns the files in the order of their names", async () => {
  await withFiles(
    { "20260202000000_b.sql": "b", "20260101000000_a.sql": "a", "README.md": "not one" },
    async (directory) => {
      const migrations = await readMigrations(directory);
      assert.deepEqual(migrations.map(({ text }) => text), ["a", "b"]);
    },
  );
});

Deno.test("readMigrations() refuses a file without a place in the order", async () => {
  await withFiles({ "add_index.sql": "" }, async (directory) => {
    await assert.rejects(
      readMigrations(directory),
      (error) => error instanceof SetupError && error.message.endsWith("one is add_index.sql"),
    );
  });
});

Deno.test("readMigrations() gives the same checksum whatever the line ends", async () => {
  const checksums: (string | undefined)[] = [];
  for (const text of ["select 1;\nselect 2;\n", "select 1;\r\nselect 2;\r\n"]) {
    await withFiles({ "20260101000000_a.sql": text }, async (directory) => {
      checksums.push((await readMigrations(directory))[0]?.checksum);
    });
  }
  assert.match(checksums[0] ?? "", /^[0-9a-f]{64}$/);
  assert.equal(checksums[0], checksums[1]);
});

Deno.test("readMigrations() finds Quotewire's own migrations", async () => {
  assert.equal((await readMigrations())[0]?.name, "20261121000000_create_stock_prices.sql");
});
