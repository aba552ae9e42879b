import assert from "node:assert/strict";
import { openLocation } from "./location.ts";

Deno.test("openLocation() takes a URL as it is and has nothing to close", async () => {
  const url = "postgres://user:password@db.example/stockdb";
  const location = await openLocation({ kind: "url", url });
  assert.equal(location.url, url);
  await location.close();
  await location.close();
});
