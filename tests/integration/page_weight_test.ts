import assert from "node:assert/strict";
import { rawRequest } from "../support/raw_request.ts";
import { serverTest } from "../support/server_stage.ts";

/** What the dashboard may weigh before it shows anything, as it comes over the network. */
const BYTES_MAX = 150_000;
const ZIPPED = "accept-encoding: gzip, deflate, br";

// The files used to be compressed by this test alone: the server sent them as they were, 270 KB.
serverTest(
  "The dashboard's first load stays below 150 KB as the server sends it, scripts and styles together",
  async ({ server }) => {
    const { body: html } = await rawRequest(server.port, "GET / HTTP/1.1");
    const paths = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].flatMap(([, path]) => path ?? []);
    assert.ok(paths.length >= 4, "scripts and styles are found");
    assert.ok(!paths.includes("/dist/chart/main.js"));
    let total = 0;
    for (const path of ["/", ...paths]) {
      const { status, headers } = await rawRequest(server.port, `GET ${path} HTTP/1.1`, ZIPPED);
      assert.equal(status, 200, path);
      total += Number(headers.get("content-length") ?? NaN);
    }
    assert.ok(total < BYTES_MAX, `is ${total} bytes`);
  },
);

serverTest(
  "A file is sent compressed to those who take it, and each form is confirmed by its own tag",
  async ({ server }) => {
    const get = (headers?: string) => rawRequest(server.port, "GET /styles.css HTTP/1.1", headers);
    const plain = await get();
    const zipped = await get(ZIPPED);
    assert.equal(plain.headers.get("content-encoding"), null);
    assert.equal(zipped.headers.get("content-encoding"), "gzip");
    assert.equal(plain.headers.get("vary"), "accept-encoding");
    assert.equal(zipped.headers.get("vary"), "accept-encoding");
    const tags = [plain.headers.get("etag"), zipped.headers.get("etag")];
    assert.notEqual(tags[0], tags[1]);
    assert.equal((await get(`${ZIPPED}\r\nif-none-match: ${tags[1]}`)).status, 304);
    assert.equal((await get(`${ZIPPED}\r\nif-none-match: ${tags[0]}`)).status, 200);
    const unpacked = await fetch(`${server.url}/styles.css`, {
      headers: { "accept-encoding": "gzip" },
    });
    assert.equal(await unpacked.text(), plain.body);
    const icon = await rawRequest(server.port, "GET /icons/icon_192.png HTTP/1.1", ZIPPED);
    assert.equal(icon.headers.get("content-encoding"), null, "it would hardly be smaller");
  },
);
