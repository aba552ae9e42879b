import assert from "node:assert/strict";
import { join } from "node:path";
import { ReceivedFiles, safeFileName } from "./received_files.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "quotewire-test-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("ReceivedFiles.save() writes the bytes under a safe name in a folder", async () => {
  await inFolder(async (folder) => {
    const files = new ReceivedFiles();
    const data = Uint8Array.of(0, 255, 10, 13);
    const number = files.add({ name: "../../.evil\x1b.png", data });
    const path = await files.save(number, folder);
    assert.equal(path, join(folder, "evil_.png"));
    assert.deepEqual(await Deno.readFile(path), data);
  });
});

Deno.test("ReceivedFiles.save() never writes over what is there, nor through a link", async () => {
  await inFolder(async (folder) => {
    const files = new ReceivedFiles();
    const number = files.add({ name: "a.txt", data: Uint8Array.of(1) });
    await Deno.writeTextFile(join(folder, "a.txt"), "mine");
    await Deno.symlink(join(folder, "elsewhere"), join(folder, "link"));
    await assert.rejects(files.save(number, folder), /a\.txt: must not exist yet, does/);
    await assert.rejects(files.save(number, join(folder, "link")), /must not exist yet, does/);
    await assert.rejects(files.save(number, join(folder, "no/such")), /its folder must exist/);
    assert.equal(await Deno.readTextFile(join(folder, "a.txt")), "mine");
  });
});

Deno.test("ReceivedFiles.save() says which numbers there are", async () => {
  const files = new ReceivedFiles();
  await assert.rejects(files.save(1), /file 1: none was received/);
  files.add({ name: undefined, data: new Uint8Array() });
  await assert.rejects(files.save(2), /file 2: must be one of 1 to 1/);
});

Deno.test("ReceivedFiles.add() lets go of the oldest when too much has come", async () => {
  const files = new ReceivedFiles();
  const data = new Uint8Array(20 * 1024 * 1024);
  files.add({ name: "a", data });
  files.add({ name: "b", data });
  await assert.rejects(files.save(1), /too long ago to be kept/);
});

Deno.test("ReceivedFiles.add() lets go of files without data, and of long names, too", async () => {
  // Only data counted: a server that sent files without any filled the memory.
  const empty = new ReceivedFiles();
  const nowhere = "/no/such/folder/file";
  for (let count = 0; count < 200_000; count += 1) empty.add({ name: "", data: new Uint8Array() });
  await assert.rejects(empty.save(1, nowhere), /too long ago to be kept/);
  const named = new ReceivedFiles();
  for (let count = 0; count < 20; count += 1) {
    named.add({ name: "x".repeat(1024 * 1024), data: new Uint8Array() });
  }
  await assert.rejects(named.save(1, nowhere), /too long ago to be kept/);
});

Deno.test("safeFileName() makes any name harmless and keeps a good one", () => {
  assert.equal(safeFileName("Bericht 2026 (日本).pdf"), "Bericht 2026 (日本).pdf");
  assert.equal(safeFileName("/etc/passwd"), "passwd");
  assert.equal(safeFileName("..\\..\\boot.ini"), "boot.ini");
  assert.equal(safeFileName(".."), "file");
  assert.equal(safeFileName("CON.txt"), "_CON.txt");
  assert.equal(safeFileName("a:b?.txt\u202e"), "a_b_.txt_");
});

Deno.test("safeFileName() gives no name that a program would take for an option", () => {
  assert.equal(safeFileName("-rf"), "_rf");
  assert.equal(safeFileName("./ --help"), "_-help");
  assert.equal(safeFileName("a-b"), "a-b");
});

Deno.test("safeFileName() cuts a long name in front of its ending, to what any file system takes", () => {
  assert.equal(safeFileName(`${"x".repeat(300)}.tar.gz`), `${"x".repeat(137)}.gz`);
  // 80 characters were 320 bytes, and could not be written: at most 255 are taken.
  assert.equal(safeFileName(`${"𠮷".repeat(80)}.txt`), `${"𠮷".repeat(34)}.txt`);
  assert.equal(safeFileName(`${"x".repeat(139)} y`), "x".repeat(139));
});
