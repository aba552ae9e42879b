import assert from "node:assert/strict";
import fc from "fast-check";
import { withDeadline } from "../../src/lifecycle.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";

const ANSWER_DEADLINE_MS = 20_000;
const GOOD: Readonly<Record<string, string>> = {
  "connection": "Upgrade",
  "upgrade": "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
};
/** What may stand in a header at all; anything else the HTTP parser refuses. */
const aValue = fc.oneof(
  fc.stringMatching(/^[\x20-\x7e]{0,60}$/),
  fc.constantFrom("", "13", "8", ",", ", ,", "quotewire.v1.json", "quotewire.v1.json,x", "null"),
  fc.constantFrom("keep-alive, Upgrade", "http://evil.example", "\t", "%00", "a".repeat(4000)),
  fc.webUrl(),
);
const names = fc.constantFrom(
  ...Object.keys(GOOD),
  ...["host", "origin", "sec-websocket-protocol", "sec-websocket-extensions", "x-forwarded-for"],
  ...["authorization", "cookie"],
);
const paths = fc.constantFrom("/", "/ws", "/echo", "/events?topics=%", "/chat/%ff", "/chat/a%00b");

Deno.test("A handshake with any headers is accepted, or refused as the client's fault", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  const { port } = server;
  await fc.assert(
    fc.asyncProperty(paths, fc.dictionary(names, aValue, { maxKeys: 4 }), async (path, strange) => {
      const status = await statusOf(port, path, { ...GOOD, ...strange });
      // Nothing at all is what the HTTP parser's refusal may come to.
      assert.ok(status === undefined || (status >= 101 && status < 500), `status ${status}`);
    }),
    { numRuns: 150 },
  );
  assert.equal(await statusOf(port, "/ws", GOOD), 101, "others are still served");
});

async function statusOf(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  await connection.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`));
  const buffer = new Uint8Array(4096);
  const bytes = await withDeadline(connection.read(buffer), ANSWER_DEADLINE_MS, "get an answer");
  const answer = new TextDecoder().decode(buffer.subarray(0, bytes ?? 0));
  return answer === "" ? undefined : Number(answer.split(" ")[1]);
}
