import assert from "node:assert/strict";
import { join } from "node:path";
import { SetupError } from "../errors.ts";
import { LOCK_FILE, lockFolder } from "./embedded_lock.ts";

async function withFolder(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "quotewire-lock-" });
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("lockFolder() keeps a second holder out and names the first", async () => {
  await withFolder(async (directory) => {
    const lock = await lockFolder(directory);
    await assert.rejects(lockFolder(directory), (error) => {
      assert.ok(error instanceof SetupError);
      assert.match(error.message, new RegExp(`is in use by process ${Deno.pid}\\. Stop it`));
      return true;
    });
    await lock.close();
  });
});

Deno.test("lockFolder() gives the folder back when closed, once or twice", async () => {
  await withFolder(async (directory) => {
    const first = await lockFolder(directory);
    await first.close();
    await first.close();
    const second = await lockFolder(directory);
    await second.close();
  });
});

Deno.test("lockFolder() does not mind a lock file that was left behind", async () => {
  await withFolder(async (directory) => {
    await Deno.writeTextFile(join(directory, LOCK_FILE), "999999999999\n");
    const lock = await lockFolder(directory);
    assert.equal(await Deno.readTextFile(join(directory, LOCK_FILE)), `${Deno.pid}\n`);
    await lock.close();
  });
});

Deno.test("lockFolder() says so when the folder cannot be written", async () => {
  await withFolder(async (directory) => {
    await Deno.mkdir(join(directory, LOCK_FILE));
    await assert.rejects(
      lockFolder(directory),
      (error) => error instanceof SetupError && error.message.startsWith("Cannot use "),
    );
  });
});
