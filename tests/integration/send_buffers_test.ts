import assert from "node:assert/strict";
import { CHAT_PROTOCOL_JSON } from "../../src/session/chat_protocol.ts";
import { PRICE_PROTOCOL_JSON } from "../../src/session/protocol.ts";
import { type ChatDialogue, joinChat } from "../support/chat.ts";
import { connect, type Dialogue } from "../support/dialogue.ts";
import { footprint } from "../support/footprint.ts";
import { handshake } from "../support/handshake.ts";
import { RoundWriter } from "../support/round_writer.ts";
import { serverTest } from "../support/server_stage.ts";
import { StalledClient } from "../support/stalled_client.ts";
import { waitFor } from "../support/wait_for.ts";

const MEMORY_BYTES_MAX = 800_000_000;
const SEND_BUFFER_BYTES_MAX = 8 * 1024 * 1024;
/** A round of them is one frame of some 250 KB. */
const SYMBOLS = 2000;
const READERS = 4;
/** With the mark's worth for each of them the server would have far more than it may. */
const CROWD = 100;
/** As large as a file may be; those of one go are two batches. */
const FILE = new Uint8Array(45_000).toBase64();
const FILES = 16;
/** Enough to fill what the kernel takes for one who does not read, and each says no more than it may at once. */
const SPEAKERS = 10;
const ROUNDS_OF_ONE = 3;

interface Stats {
  readonly sockets: number;
  readonly slow_drops_total: number;
  readonly traffic: readonly { readonly buffered_bytes: number }[];
}

async function stats(url: string): Promise<Stats & { readonly bufferedBytes: number }> {
  const read: Stats = await (await fetch(`${url}/api/stats`)).json();
  const bufferedBytes = read.traffic.reduce((sum, { buffered_bytes }) => sum + buffered_bytes, 0);
  return { ...read, bufferedBytes };
}

async function openReader(socketUrl: string, symbol: string): Promise<Dialogue> {
  const reader = await connect(`${socketUrl}/ws`);
  reader.send({ type: "subscribe", id: 1, symbols: [symbol] });
  await reader.nextOf("snapshot");
  return reader;
}

/** Asks for everything and reads nothing. */
async function openStalled(port: number): Promise<StalledClient> {
  const client = await StalledClient.open(port, PRICE_PROTOCOL_JSON);
  await client.send({ type: "subscribe", id: 1, symbols: "*" });
  return client;
}

interface Room extends AsyncDisposable {
  readonly reader: ChatDialogue;
  readonly speakers: readonly ChatDialogue[];
}

/** Somebody who reads a room, somebody who does not, and those who will speak there. */
async function openRoom(socketUrl: string, port: number): Promise<Room> {
  const url = `${socketUrl}/chat/files`;
  const silent = { history: 0 };
  const stalled = await StalledClient.open(port, CHAT_PROTOCOL_JSON, "/chat/files");
  await stalled.send({ type: "join", id: 1, username: "stalled", ...silent });
  const reader = await joinChat(url, "reader", silent);
  const speakers = await Promise.all(
    Array.from({ length: SPEAKERS }, (_, n) => joinChat(url, `speaker ${n}`, silent)),
  );
  return {
    reader,
    speakers,
    async [Symbol.asyncDispose]() {
      stalled[Symbol.dispose]();
      await Promise.all([reader, ...speakers].map((client) => client[Symbol.asyncDispose]()));
    },
  };
}

/** Says files in one go, until `isOver`; the reader gets all of them. */
async function sayFiles({ reader, speakers }: Room, isOver: () => Promise<boolean>): Promise<void> {
  for (const speaker of speakers) {
    for (let round = 0; round < ROUNDS_OF_ONE; round += 1) {
      for (let n = 0; n < FILES; n += 1) speaker.send({ type: "binary", data: FILE });
      for (let n = 0; n < FILES; n += 1) await reader.said(`file ${n} of a round`);
      if (await isOver()) return;
    }
  }
  assert.fail("nobody was let go");
}

serverTest(
  "However many clients do not read, they fill neither the memory nor anybody else's way",
  async ({ database, server: { port, url, socketUrl, pid, lines, says } }) => {
    // Each buffer was bounded and their sum was not: workers were replaced in turn, and with them went
    // everybody who reads.
    await using writer = new RoundWriter(database.url, SYMBOLS);
    const readers = await Promise.all(
      Array.from({ length: READERS }, () => openReader(socketUrl, writer.symbol)),
    );
    const room = await openRoom(socketUrl, port);
    const crowd = await Promise.all(Array.from({ length: CROWD }, () => openStalled(port)));
    let residentBytes = 0;
    await waitFor("the end of all", async () => {
      await writer.write(1);
      residentBytes = Math.max(residentBytes, footprint(pid).residentBytes);
      assert.deepEqual(lines.filter((line) => /is replaced/.test(line)), []);
      return (await stats(url)).slow_drops_total === CROWD;
    }, 60_000);
    assert.ok(residentBytes < MEMORY_BYTES_MAX, `${residentBytes} bytes`);
    await says(/bytes wait for clients that do not read: each gets 65536/);
    for (const reader of readers) {
      await reader.next(
        "the newest price",
        ({ quotes }) => Array.isArray(quotes) && quotes.some(({ price }) => price === writer.price),
      );
    }
    // A batch of the chat reaches the socket in one turn, which ended its readers while the mark was low.
    await sayFiles(room, async () => (await stats(url)).slow_drops_total === CROWD + 1);
    readers[0]?.send({ type: "subscribe", id: 2, symbols: "*" });
    await readers[0]?.next("all of a large snapshot", ({ complete }) => complete === true);
    const { bufferedBytes, sockets } = await stats(url);
    assert.equal(sockets, CROWD + READERS + 2 + SPEAKERS, "sockets of ended sessions count");
    assert.ok(bufferedBytes > MEMORY_BYTES_MAX / 8, `${bufferedBytes} bytes of them count`);
    assert.ok(bufferedBytes < MEMORY_BYTES_MAX / 2, `${bufferedBytes} bytes`);
    assert.equal((await handshake(port, "/ws")).status, 429);
    const headers = { "x-forwarded-for": "203.0.113.9" };
    assert.equal((await handshake(port, "/ws", { headers })).status, 101, "of another address");

    for (const client of crowd) client[Symbol.dispose]();
    await room[Symbol.asyncDispose]();
    await waitFor("the buffers", async () => (await stats(url)).bufferedBytes === 0);
    await waitFor("room", async () => (await handshake(port, "/ws")).status === 101);
    for (const reader of readers) await reader[Symbol.asyncDispose]();
  },
  {
    FEED_MODE: "listen",
    MAX_CHAT_BYTES_PER_SECOND: "8388608",
    MEMORY_BYTES_MAX: String(MEMORY_BYTES_MAX),
    SEND_BUFFER_BYTES_MAX: String(SEND_BUFFER_BYTES_MAX),
    SLOW_CLIENT_DEADLINE_MS: "2000",
    // Without, all on loopback are one address, which then counts for nothing.
    TRUSTED_PROXIES: "127.0.0.1",
    WORKERS: "2",
  },
);
