import assert from "node:assert/strict";
import { SECURITY_HEADERS } from "../../src/http/security_headers.ts";
import { rawRequest } from "../support/raw_request.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { processTest as test } from "../support/server_stage.ts";

/** Ways to write `../deno.json` and its like that have got past other servers. */
const ESCAPES = [
  "/../deno.json",
  "/dist/../../deno.json",
  "/..%2fdeno.json",
  "/%2e%2e/deno.json",
  "/%2e%2e%2fdeno.json",
  "/dist/%2e%2e%2f%2e%2e%2fdeno.json",
  "/..%5cdeno.json",
  "/..\\deno.json",
  "/dist\\main.js",
  "/dist%5cmain.js",
  "/%252e%252e%252fdeno.json",
  "/%25%32%65%25%32%65/deno.json",
  "/..%c0%afdeno.json",
  "/styles.css%00",
  "/styles.css%00.html",
  "/%00",
  "/styles.css/",
  "/styles.css/.",
  "/.//styles.css/..",
  "/app/main.tsx",
  "/static/styles.css",
  "/index.html",
  "/.env",
  "/dist/",
  "/dist",
  "/%ff",
  "/%",
  "/etc/passwd",
  "//etc/passwd",
  "/file:///etc/passwd",
];

test("The server answers 404 to every path outside its fixed set, however it is written", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  const answers: string[] = [];
  for (const path of ESCAPES) {
    const { status, body } = await rawRequest(server.port, `GET ${path} HTTP/1.1`);
    assert.doesNotMatch(body, /"tasks"|root:|BasePriceFeed/, path);
    // Ends in the page itself: the parser of URLs has taken the dots away before anybody sees them.
    if (new URL(path, server.url).pathname === "/") continue;
    answers.push(`${path} ${status}`);
  }
  assert.deepEqual(answers.filter((answer) => !answer.endsWith(" 404")), []);
  assert.ok(answers.length > 20);
});

const NUL = "\0";

test("The server refuses a request line with bytes that no URL has", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  for (const line of [`GET /styles.css${NUL} HTTP/1.1`, "GET /styles.css\t HTTP/1.1", "GET"]) {
    assert.equal((await rawRequest(server.port, line)).status, 400, JSON.stringify(line));
  }
});

test("Every response carries the security headers, whatever it says", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  const upgrade = "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13";
  const requests: [number, string, string?][] = [
    [200, "GET / HTTP/1.1"],
    [200, "GET /test_client.html HTTP/1.1"],
    [200, "GET /dist/main.js HTTP/1.1"],
    [200, "GET /styles.css HTTP/1.1"],
    [200, "GET /favicon.svg HTTP/1.1"],
    [200, "GET /api/prices HTTP/1.1"],
    [200, "GET /healthz HTTP/1.1"],
    [200, "HEAD / HTTP/1.1"],
    [400, "GET /api/history HTTP/1.1"],
    [404, "GET /missing HTTP/1.1"],
    [404, "POST /styles.css HTTP/1.1"],
    [426, "GET /ws HTTP/1.1"],
    // Handshakes that are refused: no key, and a foreign origin.
    [400, "GET /ws HTTP/1.1", upgrade],
    [
      403,
      "GET /ws HTTP/1.1",
      `${upgrade}\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\norigin: https://evil.example`,
    ],
  ];
  for (const [expected, line, headers] of requests) {
    const answer = await rawRequest(server.port, line, headers);
    assert.equal(answer.status, expected, line);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      assert.equal(answer.headers.get(name), value, `${line}: ${name}`);
    }
    assert.ok(answer.headers.has("cache-control"), line);
  }
});

test("A page that the browser has already is confirmed with the same headers", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  const first = await rawRequest(server.port, "GET / HTTP/1.1");
  const etag = first.headers.get("etag");
  const again = await rawRequest(server.port, "GET / HTTP/1.1", `if-none-match: ${etag}`);
  assert.equal(again.status, 304);
  assert.equal(
    again.headers.get("content-security-policy"),
    SECURITY_HEADERS["content-security-policy"],
  );
});
