import assert from "node:assert/strict";
import { homedir } from "node:os";
import { expandHome, mediaTypeOf, readOutgoingFile } from "./outgoing_file.ts";

Deno.test("readOutgoingFile() reads a file up to the limit", async () => {
  const path = await Deno.makeTempFile({ prefix: "quotewire-test-" });
  try {
    const bytes = Uint8Array.of(0, 1, 255);
    await Deno.writeFile(path, bytes);
    assert.deepEqual(await readOutgoingFile(path, 3), bytes);
    await assert.rejects(readOutgoingFile(path, 2), /must have at most 2 bytes, has 3$/);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("readOutgoingFile() refuses what is no file", async () => {
  await assert.rejects(readOutgoingFile("/no/such/file", 1), /must be a file, does not exist/);
  await assert.rejects(readOutgoingFile(".", 1), /must be a file$/);
});

Deno.test("mediaTypeOf() goes by the name's ending", () => {
  assert.deepEqual(mediaTypeOf("a.png"), { mediaType: "image/png" });
  assert.deepEqual(mediaTypeOf("notes.txt"), { mediaType: "text/plain" });
  assert.deepEqual(mediaTypeOf("noend"), {});
});

Deno.test("expandHome() reads ~ as shells do", () => {
  assert.equal(expandHome("~/a"), `${homedir()}/a`);
  assert.equal(expandHome("~a"), "~a");
});
