import assert from "node:assert/strict";
import { someServerStats } from "../../tests/support/server_stats.ts";
import { askServerStats, type StatsAnswer } from "./server_stats.ts";

const NEVER = new AbortController().signal;

/** What is understood of a server that answers so. */
async function askOf(
  handler: (request: Request) => Response | Promise<Response>,
  deadlineMs = 20_000,
): Promise<StatsAnswer> {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  const url = new URL(`http://127.0.0.1:${server.addr.port}/api/stats`);
  return await askServerStats({ url, token: "a-token", deadlineMs, signal: NEVER });
}

Deno.test("askServerStats() shows its token and reads what the server says", async () => {
  const stats = someServerStats();
  const answer = await askOf((request) =>
    request.headers.get("authorization") === "Bearer a-token"
      ? Response.json({ ...stats, more: "than is known" })
      : new Response(null, { status: 401 })
  );
  assert.deepEqual(answer, { kind: "stats", stats });
});

Deno.test("askServerStats() tells a refusal from a server that is away", async () => {
  const kindOf = async (status: number) => (await askOf(() => new Response("no", { status }))).kind;
  assert.equal(await kindOf(401), "refused");
  assert.equal(await kindOf(403), "refused");
  assert.equal(await kindOf(502), "away");
  assert.equal((await askOf(() => Response.redirect("http://127.0.0.1:1/"))).kind, "away");
});

Deno.test("askServerStats() takes nothing else for statistics", async () => {
  for (const text of ["", "<html>", "[]", '{"uptime_ms":"long"}', '{"uptime_ms":1}']) {
    const answer = await askOf(() => new Response(text));
    assert.equal(answer.kind, "away", text);
  }
  const huge = await askOf(() => new Response("x".repeat(300_000)));
  assert.match(huge.kind === "away" ? huge.reason : "", /must answer in \d+ bytes/);
});

Deno.test("askServerStats() gives up on a server that does not answer, or is not there", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  const mute = await askOf(() => {
    setTimeout(() => resolve(new Response("late")), 50);
    return promise;
  }, 10);
  assert.deepEqual(mute, { kind: "away", reason: "no answer within 10 ms" });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const url = new URL(`http://127.0.0.1:${port}/`);
  const gone = await askServerStats({ url, token: undefined, deadlineMs: 20_000, signal: NEVER });
  assert.match(gone.kind === "away" ? gone.reason : "", /^tcp connect error: Connection refused/);
});
