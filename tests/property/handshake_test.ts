import assert from "node:assert/strict";
import fc from "fast-check";
import { withDeadline } from "../../src/lifecycle.ts";
import { handshake } from "../support/handshake.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";

const ANSWER_DEADLINE_MS = 20_000;
/** What may stand in a header at all; anything else the HTTP parser refuses. */
const aValue = fc.oneof(
  fc.stringMatching(/^[\x20-\x7e]{0,60}$/),
  fc.constantFrom("", "13", "8", ",", ", ,", "quotewire.v1.json", "quotewire.v1.json,x", "null"),
  fc.constantFrom("keep-alive, Upgrade", "http://evil.example", "\t", "%00", "a".repeat(4000)),
  fc.webUrl(),
);
const names = fc.constantFrom(
  ...["connection", "upgrade", "sec-websocket-version", "sec-websocket-key"],
  ...["host", "origin", "sec-websocket-protocol", "sec-websocket-extensions", "x-forwarded-for"],
  ...["authorization", "cookie"],
);
const aHost = fc.constantFrom("[", "^", "%", "<x>", "a b", "x:99999", "a.example", "a:", "");
const aHeader = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(names, aValue) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("host"), aHost) },
);
const paths = fc.constantFrom("/", "/ws", "/echo", "/events?topics=%", "/chat/%ff", "/chat/a%00b");

Deno.test("A handshake with any headers is accepted, or refused as the client's fault", async () => {
  await using database = await testDatabase();
  // On loopback most names of it are refused before anything looks at them.
  await using server = await startServer({
    databaseUrl: database.url,
    env: { HOST: "0.0.0.0", ALLOWED_ORIGINS: "" },
  });
  const statusOf = async (path: string, headers: Record<string, string>) => {
    const answer = handshake(server.port, path, { headers });
    return (await withDeadline(answer, ANSWER_DEADLINE_MS, "get an answer")).status;
  };
  await fc.assert(
    fc.asyncProperty(paths, fc.array(aHeader, { maxLength: 4 }), async (path, strange) => {
      const status = await statusOf(path, Object.fromEntries(strange));
      // Nothing at all is what the HTTP parser's refusal may come to.
      assert.ok(Number.isNaN(status) || (status >= 101 && status < 500), `status ${status}`);
    }),
    { numRuns: 150 },
  );
  assert.equal(await statusOf("/ws", {}), 101, "others are still served");
});
