import assert from "node:assert/strict";
import { codingFor } from "./content_coding.ts";

Deno.test("codingFor() is gzip where the client takes it", () => {
  for (
    const header of [
      "gzip",
      "br, GZIP",
      "gzip;q=0.1",
      "deflate, gzip; q=1.0",
      "*",
      "br;q=1,*;q=0.5",
    ]
  ) {
    assert.equal(codingFor(header), "gzip", header);
  }
});

Deno.test("codingFor() is nothing where the client does not take gzip, or says nonsense", () => {
  for (
    const header of [null, "", "br", "gzip;q=0", "*;q=0", "gzip;q=0, *", "gzip;q=x", "gzipped"]
  ) {
    assert.equal(codingFor(header), "identity", String(header));
  }
});
