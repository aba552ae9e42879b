import assert from "node:assert/strict";
import { type ChatDialogue, joinChat } from "../support/chat.ts";
import type { Json } from "../support/dialogue.ts";
import { openSocket } from "../support/plain_socket.ts";
import { query } from "../support/query.ts";
import { serverTest } from "../support/server_stage.ts";
import { waitFor } from "../support/wait_for.ts";

/** As large as a file in base64 can be. */
const FILE = new Uint8Array(48_000).fill(7).toBase64();
const FILE_BYTES = 48_000;
/** Of each client, below the 100 requests that it may make at once. */
const FILES = 60;
const BURST_BYTES = 1_048_576;
const BYTES_PER_SECOND = 65_536;
/** Takes one file at once, and the next after half a minute. */
const ONE_FILE = { MAX_CHAT_BYTES_PER_SECOND: "1024" };

/** Sends files as fast as it may, and returns how each was answered. */
async function sendFiles(client: ChatDialogue): Promise<Json[]> {
  const answers = () =>
    client.received.filter(({ id, type }) =>
      String(id).startsWith("file ") && (type === "ack" || type === "error")
    );
  for (let n = 0; n < FILES; n += 1) {
    client.send({ type: "binary", id: `file ${n}`, name: `${n}`, data: FILE });
  }
  await waitFor("all files to be answered", () => answers().length === FILES, 30_000);
  return answers();
}

/** How many bytes of content the history has. */
async function keptBytes(databaseUrl: string): Promise<number> {
  const rows = await query(databaseUrl, async (sql) => [
    ...await sql<{ bytes: number }[]>`
      select coalesce(sum(octet_length(data)), 0)::int as bytes from quotewire_chat_messages`,
  ]);
  return rows[0]?.bytes ?? NaN;
}

// Messages were counted and their bytes were not: one client brought 1.3 MB a second into the history, and
// as many clients of one address as it liked brought that each.
serverTest(
  "Chat takes so many bytes of one address, over all of its connections and rooms, and no more",
  async ({ server, database }) => {
    const url = `${server.socketUrl}/chat`;
    await using listener = await joinChat(`${url}/one`, "listener");
    await using one = await joinChat(`${url}/one`, "ada");
    await using other = await joinChat(`${url}/other`, "grace");
    const startedAtMs = performance.now();
    const answers = (await Promise.all([one, other].map(sendFiles))).flat();
    const passedMs = performance.now() - startedAtMs;
    const kept = answers.filter(({ type }) => type === "ack").length;
    const most = BURST_BYTES + BYTES_PER_SECOND * passedMs / 1000;
    assert.ok(kept * FILE_BYTES <= most, `${kept} files were kept in ${passedMs} ms`);
    assert.ok(kept > 10, `${kept} files were kept`);
    const { code, message } = answers.find(({ type }) => type === "error") ?? {};
    assert.equal(code, "rate_limited");
    assert.equal(
      message,
      "Cannot say: one address must say 65536 bytes a second at most, 1048576 at once",
    );
    assert.equal(await keptBytes(database.url), kept * FILE_BYTES);
    const acks = one.received.filter(({ type, id }) => type === "ack" && /^file/.test(String(id)));
    await waitFor("the room to hear what was kept", () => {
      return listener.received.filter(({ type }) => type === "binary").length === acks.length;
    });
    // It is refused what it says, and nothing else.
    assert.equal((await one.ask({ type: "presence" })).type, "presence");
    await waitFor("the rate to recover", async () => {
      return (await one.ask({ type: "message", content: "slower" })).type === "ack";
    });
  },
);

serverTest(
  "Chat lets go a relay whose address says too many bytes",
  async ({ server, database }) => {
    const url = `${server.socketUrl}/chat`;
    await using listener = await joinChat(url, "listener");
    await using relay = await openSocket(url);
    await listener.event("join");
    for (let n = 0; n < 3; n += 1) relay.socket.send(new Uint8Array(FILE_BYTES));
    await waitFor("the relay to be let go", () => relay.closed !== undefined);
    assert.deepEqual(relay.closed, { code: 4029, reason: "rate limit" });
    await listener.event("leave");
    assert.equal(listener.received.filter(({ type }) => type === "binary").length, 1);
    assert.equal(await keptBytes(database.url), FILE_BYTES);
  },
  ONE_FILE,
);

serverTest(
  "Chat counts the bytes of each address apart, as a trusted proxy names them",
  async ({ server }) => {
    const url = `${server.socketUrl}/chat`;
    const from = (address: string) => ({ "x-forwarded-for": address });
    await using ada = await joinChat(url, "ada", {}, from("192.0.2.1"));
    await using same = await joinChat(url, "same", {}, from("192.0.2.1"));
    await using grace = await joinChat(url, "grace", {}, from("192.0.2.2"));
    const file = { type: "binary", data: FILE };
    assert.equal((await ada.ask(file)).type, "ack");
    assert.equal((await same.ask(file)).code, "rate_limited");
    assert.equal((await same.ask({ type: "message", content: "small" })).type, "ack");
    assert.equal((await grace.ask(file)).type, "ack");
  },
  { ...ONE_FILE, TRUSTED_PROXIES: "127.0.0.1" },
);

// What one client said at once was written, and then told, in pieces of 2.8 MB: more than twice a high-water
// mark, beyond which a client is let go. Everybody in the room was, however fast they read.
serverTest("Chat lets nobody go who reads, however much is said at once", async ({ server }) => {
  const url = `${server.socketUrl}/chat`;
  const listeners = await Promise.all(["ada", "grace"].map((name) => joinChat(url, name)));
  await using speaker = await joinChat(url, "speaker");
  const count = 40;
  for (let n = 0; n < count; n += 1) speaker.socket.send(new Uint8Array(65_536).fill(n));
  for (const listener of listeners) {
    const heard = () => listener.received.filter(({ type }) => type === "binary");
    await waitFor(
      "everything to be heard",
      () => heard().length === count || listener.closed !== undefined,
      30_000,
    );
    assert.equal(listener.closed, undefined);
    const order = heard().map(({ data }) => Uint8Array.fromBase64(String(data))[0]);
    assert.deepEqual(order, Array.from({ length: count }, (_, n) => n));
    await listener[Symbol.asyncDispose]();
  }
}, { MAX_CHAT_BYTES_PER_SECOND: "1073741824", SEND_BUFFER_BYTES_MAX: "524288" });
