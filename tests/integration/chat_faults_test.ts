import assert from "node:assert/strict";
import { type ChatDialogue, gist, joinChat } from "../support/chat.ts";
import type { Json } from "../support/dialogue.ts";
import { sleep } from "../../src/lifecycle.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { testCluster, testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { StalledClient } from "../support/stalled_client.ts";
import { waitFor } from "../support/wait_for.ts";

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

/** Says something until the answer tells whether it is kept as wanted. */
async function sayUntil(client: ChatDialogue, stored: boolean): Promise<void> {
  await waitFor(`a message that is ${stored ? "" : "not "}stored`, async () => {
    return (await client.ask({ type: "message", content: "probe" })).stored === stored;
  }, 15_000);
}

function isText({ kind }: Json): boolean {
  return kind === "text";
}

test("Chat keeps its history over a restart, and a message that is sent again is said once", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  const url = `${server.socketUrl}/chat`;
  const before = await joinChat(url, "ada");
  const ids: unknown[] = [];
  for (const content of ["1", "2"]) {
    ids.push((await before.ask({ type: "message", content, key: `k${content}` })).message);
  }
  assert.equal(await server.stop(), 0);
  const closing = before.received.find(({ type }) => type === "closing");
  assert.equal(closing?.reason, "server going away");
  await server.restart();
  await using ada = await joinChat(url, "ada");
  assert.deepEqual(ada.history.map(({ id }) => id), ids);
  await using grace = await joinChat(url, "grace", { after: ids[0] });
  assert.deepEqual(grace.history.map(gist), ["ada: 2"]);
  const again = await ada.ask({ type: "message", content: "2", key: "k2" });
  assert.equal(again.message, ids[1]);
  const third = await ada.ask({ type: "message", content: "3", key: "k3" });
  assert.ok(String(third.message) > String(ids[1]), "ids ascend over the restart");
  assert.equal(gist(await grace.said()), "ada: 3");
});

test("Chat loses and doubles nothing that was sent with a key when the server is killed", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  const url = `${server.socketUrl}/chat`;
  const contents = Array.from({ length: 90 }, (_, n) => String(n));
  const say = (client: ChatDialogue, content: string) =>
    client.send({ type: "message", id: content, content, key: `key-${content}` });
  const acknowledged = new Map<unknown, unknown>();
  for (const killAt of [10, 30, 60]) {
    let killed = false;
    const client = await joinChat(url, "ada", { history: 100 });
    const kept = client.history.map(({ content }) => content);
    assert.deepEqual(kept, contents.slice(0, kept.length), "what is kept is a beginning");
    for (const [content, message] of acknowledged) {
      assert.equal(client.history[Number(content)]?.id, message, "what was acknowledged is kept");
    }
    client.socket.addEventListener("message", ({ data }) => {
      const { id, message, stored } = JSON.parse(String(data));
      if (stored === true) acknowledged.set(id, message);
      if (killed || acknowledged.size < killAt) return;
      // In the middle of the work, not when a test gets round to look.
      Deno.kill(server.pid, "SIGKILL");
      killed = true;
    });
    for (const content of contents.filter((content) => !acknowledged.has(content))) {
      if (client.closed !== undefined) break;
      say(client, content);
      // So that the server writes many times rather than all at once.
      await sleep(3);
    }
    await waitFor("the server to be killed", () => client.closed !== undefined);
    await server.restart();
  }
  assert.ok(acknowledged.size < contents.length, "the server was killed before the end");
  await using last = await joinChat(url, "ada");
  const missing = contents.filter((content) => !acknowledged.has(content));
  missing.forEach((content) => say(last, content));
  for (const content of missing) await last.next("an answer", ({ id }) => id === content);
  const rows = await query(database.url, async (sql) => [
    ...await sql<{ content: string }[]>`select content from quotewire_chat_messages order by id`,
  ]);
  assert.deepEqual(rows.map(({ content }) => content), contents);
});

test("Chat goes on while Postgres is away, says that nothing is kept, and keeps again after that", async () => {
  await using cluster = await testCluster();
  await using server = await startServer({ databaseUrl: cluster.url });
  const url = `${server.socketUrl}/chat`;
  await using ada = await joinChat(url, "ada");
  await using grace = await joinChat(url, "grace");
  await sayUntil(ada, true);
  await cluster.stop();
  await grace.event("history_off");
  await ada.ask({ type: "message", content: "into the void" });
  assert.equal(
    gist(await grace.next("what was said", ({ content }) => content === "into the void")),
    "ada: into the void",
  );
  await using late = await joinChat(url, "late");
  const history = late.received.find(({ type }) => type === "history");
  assert.equal(history?.kept, false);
  assert.equal(gist(late.history.at(-1) ?? {}), "ada: into the void", "what the room still knows");
  await cluster.restart();
  await grace.event("history_on");
  await sayUntil(ada, true);
});

test("Chat goes on when the connection to Postgres is open but mute", async () => {
  await using database = await testDatabase();
  await using proxy = await FaultProxy.start(database.url);
  await using server = await startServer({ databaseUrl: proxy.url });
  const url = `${server.socketUrl}/chat`;
  await using ada = await joinChat(url, "ada");
  await using grace = await joinChat(url, "grace");
  await sayUntil(ada, true);
  proxy.mute();
  assert.equal((await ada.ask({ type: "message", content: "mute" })).stored, false);
  await grace.event("history_off");
  await using late = await joinChat(url, "late");
  assert.equal(gist(late.history.at(-1) ?? {}), "ada: mute");
  await proxy.restore();
  await grace.event("history_on");
  await sayUntil(ada, true);
  const texts = grace.received.filter(isText).map(({ id }) => id);
  assert.equal(new Set(texts).size, texts.length, "nothing was said twice");
});

/** A server that gives up on a silent client after a second. */
async function withShortIdleTimeout(run: (server: TestServer) => Promise<void>): Promise<void> {
  await using database = await testDatabase();
  await using server = await startServer({
    databaseUrl: database.url,
    // No other limit than the idle timeout comes into play.
    env: {
      IDLE_TIMEOUT_MS: "1000",
      SEND_BUFFER_BYTES_MAX: "67108864",
      MAX_CHAT_BYTES_PER_SECOND: "1073741824",
    },
  });
  await run(server);
}

test("Chat acknowledges a message that is sent again under one id, also when the first cannot be kept", async () => {
  // Sent again while the first still waited for a mute Postgres, it was acknowledged under another id
  // than the room heard: its sender then took its own message in the history for somebody else's.
  await using database = await testDatabase();
  await using proxy = await FaultProxy.start(database.url);
  await using server = await startServer({ databaseUrl: proxy.url });
  await using ada = await joinChat(`${server.socketUrl}/chat`, "ada");
  await using grace = await joinChat(`${server.socketUrl}/chat`, "grace");
  await sayUntil(ada, true);
  proxy.mute();
  const message = { type: "message", content: "twice", key: "k" };
  const [first, second] = await Promise.all([ada.ask(message), ada.ask(message)]);
  const heard = await grace.next("it", ({ content }) => content === "twice");
  assert.deepEqual([first.message, second.message], [heard.id, heard.id]);
});

test("Chat lets a client that vanishes without a word leave the room", () =>
  withShortIdleTimeout(async (server) => {
    await using network = await FaultProxy.start(server.socketUrl);
    await using ada = await joinChat(`${server.socketUrl}/chat`, "ada");
    const gone = await joinChat(new URL("/chat", network.url).href, "gone");
    await ada.event("join");
    network.mute();
    assert.equal((await ada.event("leave")).username, "gone");
    const { count } = await ada.nextOf("presence");
    assert.equal(count, 1);
    network.reset();
    await waitFor("the client to notice", () => gone.closed !== undefined);
  }));

test("Chat lets a client that vanishes from a busy room leave it", () =>
  withShortIdleTimeout(async (server) => {
    // What waits for such a client keeps Deno's ping from being sent, or the socket from being closed.
    const url = `${server.socketUrl}/chat`;
    await using ada = await joinChat(url, "ada");
    using _stalled = await StalledClient.open(server.port, null, "/chat");
    const { username } = await ada.event("join");
    const gone = () =>
      ada.received.some((frame) => frame.event === "leave" && frame.username === username);
    for (let round = 0; round < 20 && !gone(); round += 1) {
      await using speaker = await joinChat(url, `speaker ${round}`, { history: 0 });
      for (let n = 0; n < 80; n += 1) speaker.socket.send(new Uint8Array(60_000));
      assert.equal((await speaker.ask({ type: "presence" })).type, "presence");
      await waitFor("the room to hear it", () => {
        const spoken = ada.received.filter((frame) => frame.username === `speaker ${round}`);
        return spoken.filter(({ type }) => type === "binary").length === 80;
      });
    }
    await waitFor("the stalled client to leave", gone);
  }));
