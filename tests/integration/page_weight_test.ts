import assert from "node:assert/strict";
import { loadStaticFiles } from "../../src/http/static_files.ts";

/** What the dashboard may weigh, compressed, before it shows anything. */
const BYTES_MAX = 150_000;

async function compressedBytes(body: Uint8Array<ArrayBuffer>): Promise<number> {
  const stream = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).bytes()).length;
}

Deno.test("The dashboard's first load stays below 150 KB compressed, scripts and styles together", async () => {
  const files = await loadStaticFiles();
  const page = files.get("/");
  assert.ok(page !== undefined);
  const html = new TextDecoder().decode(page.body);
  const paths = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].flatMap(([, path]) => path ?? []);
  assert.ok(paths.length >= 4, "scripts and styles are found");
  let total = await compressedBytes(page.body);
  for (const path of paths) {
    const file = files.get(path);
    assert.ok(file !== undefined, `${path} must be served`);
    total += await compressedBytes(file.body);
  }
  assert.ok(total < BYTES_MAX, `is ${total} bytes`);
});
