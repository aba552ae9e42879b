import assert from "node:assert/strict";
import { withDeadline } from "../../src/lifecycle.ts";
import { joinChat } from "../support/chat.ts";
import { connect, type Dialogue } from "../support/dialogue.ts";
import { testCluster, testDatabase } from "../support/postgres.ts";
import { aQuote } from "../support/quotes.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";
import { atLast, CROWD, WORKERS, workerStage } from "../support/worker_stage.ts";

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

test("A worker that throws takes its chat sessions out of their rooms, and the others talk on", async () => {
  await using on = await workerStage();
  const url = `${on.url.replace("http", "ws")}/chat`;
  const clients = await Promise.all(
    Array.from({ length: CROWD }, (_, n) => joinChat(url, `c${n}`)),
  );
  // Clients hear of it one by one, so the first to hear does not say how many the worker had.
  const lost = on.sockets(0);
  on.strike(0, { kind: "throw" });
  await waitFor("the replacement", () => on.pool.restarts === 1);
  const isGone = ({ closed }: Dialogue) => closed !== undefined;
  await waitFor("the lost connections", () => clients.filter(isGone).length === lost);
  const [speaker, ...listeners] = clients.filter((client) => !isGone(client));
  assert.ok(speaker !== undefined && listeners.length > 0 && listeners.length < CROWD - 1);
  assert.equal((await speaker.ask({ type: "presence" })).count, listeners.length + 1);
  await speaker.ask({ type: "message", content: "still here" });
  for (const listener of listeners) assert.equal((await listener.said()).content, "still here");
  const name = `c${clients.findIndex(isGone)}`;
  await using back = await atLast(() => joinChat(url, name));
  assert.equal((await back.ask({ type: "presence" })).count, listeners.length + 2);
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
});

test("A client of a worker that threw resumes with just what it missed", async () => {
  await using on = await workerStage();
  on.hub.publish([aQuote({ symbol: "A" }), aQuote({ symbol: "B" })]);
  const clients = await on.crowd();
  const hello = clients[0]?.received.find((frame) => frame.type === "hello");
  const seq = on.hub.seq;
  on.strike(0, { kind: "throw" });
  on.strike(1, { kind: "throw" });
  await waitFor("both replacements", () => on.pool.restarts === WORKERS);
  on.hub.publish([aQuote({ symbol: "B", price: 2, id: 2 })]);
  const back = await on.arrive();
  back.send({ type: "resume", id: 1, epoch: hello?.epoch, seq, symbols: "*" });
  assert.equal((await back.nextOf("resumed")).kind, "delta");
  const { quotes } = await back.nextOf("update");
  assert.ok(Array.isArray(quotes));
  assert.deepEqual(quotes.map((quote) => `${quote.symbol} ${quote.price}`), ["B 2"]);
});

test("Both workers serve the port", async () => {
  await using on = await workerStage();
  await on.crowd();
  on.strike(1, { kind: "throw" });
  await waitFor("the replacement", () => on.pool.restarts === 1);
  await waitFor("the clients of one worker to be all that is left", async () => {
    const { active_clients: active = 0 } = await on.stats();
    return active > 0 && active < CROWD;
  });
});

test("A worker that is busy when the pool closes says goodbye to its clients all the same", async () => {
  // It was cut off as soon as a worker with nothing else to do would have been done, in the middle of what
  // it was told late, with most of the shutdown deadline still to come.
  await using on = await workerStage();
  const clients = await on.crowd();
  on.strike(0, { kind: "hang", durationMs: 2000 });
  await on.pool.close();
  for (const client of clients) {
    await waitFor("the close", () => client.closed !== undefined);
    assert.equal(client.closed?.code, 1001);
  }
});

test("A worker that never got to serve has nothing to drain", async () => {
  // It did not answer, so a server that could not start took until its shutdown deadline to say so.
  const worker = new Worker(new URL("../../src/server/worker.ts", import.meta.url), {
    type: "module",
  });
  const answer = new Promise<MessageEvent>((resolve) => worker.onmessage = resolve);
  worker.postMessage({ kind: "drain" });
  // Its types may have to be checked first, which takes its time on a busy machine.
  assert.deepEqual((await withDeadline(answer, 60_000, "drain")).data, { kind: "drained" });
  worker.terminate();
});

test("A server whose port is taken says so and ends with exit code 1", async () => {
  await using database = await testDatabase();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  await assert.rejects(startServer({ databaseUrl: database.url, port }), (error) => {
    assert.match(String(error), /ended with 1:/);
    assert.match(String(error), new RegExp(`Cannot listen on 127.0.0.1:${port}: .* is taken`));
    assert.match(String(error), new RegExp(`PORT=${port + 1}`));
    return true;
  });
});

test("A second server on the same port is refused, although workers share theirs", async () => {
  await using database = await testDatabase();
  await using first = await startServer({ databaseUrl: database.url });
  await assert.rejects(
    startServer({ databaseUrl: database.url, port: first.port }),
    /the port must be free, is taken/,
  );
});

test("A server without its database serves, says so, and goes on when the database comes", async () => {
  await using cluster = await testCluster();
  await cluster.stop();
  await using server = await startServer({ databaseUrl: cluster.url });
  await using client = await connect(`${server.socketUrl}/ws`);
  client.send({ type: "subscribe", id: 1, symbols: "*" });
  const beat = await client.nextOf("heartbeat");
  assert.equal(Object(beat.feed).status, "down");
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  assert.equal((await fetch(`${server.url}/readyz`)).status, 503);
  assert.equal((await fetch(`${server.url}/readyz?exclude=feed`)).status, 200);
  assert.doesNotMatch(server.lines.join("\n"), new RegExp(new URL(cluster.url).password));
  await cluster.restart();
  await client.next("a live feed", ({ feed }) => Object(feed).status === "live");
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
});
