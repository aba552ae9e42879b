import assert from "node:assert/strict";
import { readResponseText } from "./response_text.ts";

Deno.test("readResponseText() puts characters together that were sent in halves", async () => {
  const bytes = new TextEncoder().encode("€5");
  const response = new Response(ReadableStream.from([bytes.slice(0, 1), bytes.slice(1)]));
  assert.equal(await readResponseText(response, 4), "€5");
});

Deno.test("readResponseText() reads no further than it may", async () => {
  let isCancelled = false;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel: () => {
      isCancelled = true;
    },
  });
  await assert.rejects(
    readResponseText(new Response(endless), 25),
    /^Error: must answer in 25 bytes, sends more$/,
  );
  assert.ok(isCancelled);
});

Deno.test("readResponseText() reads an answer without a body as nothing", async () => {
  assert.equal(await readResponseText(new Response(null), 10), "");
});
