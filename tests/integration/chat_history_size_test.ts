import assert from "node:assert/strict";
import { type ChatDialogue, connectChat, joinChat } from "../support/chat.ts";
import type { Json } from "../support/dialogue.ts";
import { CHAT_LIMITS, CHAT_PROTOCOL_JSON } from "../../src/session/chat_protocol.ts";
import { query } from "../support/query.ts";
import { serverTest } from "../support/server_stage.ts";
import { StalledClient } from "../support/stalled_client.ts";
import { waitFor } from "../support/wait_for.ts";

const FRAME_BYTES_MAX = 512 * 1024;

/** Eight messages as a relay may say them, of the largest size. */
async function fillRoom(databaseUrl: string): Promise<string[]> {
  return await query(databaseUrl, async (sql) => {
    const rows = await sql<{ id: string }[]>`
      insert into quotewire_chat_messages (id, room, username, content, said_at)
      select ('019a0000-0000-7000-8000-00000000000' || n)::uuid, 'noise', 'guest-7f3a',
        repeat(chr(1), 65536), now()
      from generate_series(1, 8) n
      returning id`;
    return rows.map(({ id }) => id);
  });
}

/** The ids of a page, as far as it is one. */
function idsOf({ type, messages }: Json): unknown[] {
  assert.equal(type, "history");
  assert.ok(Array.isArray(messages));
  return messages.map(({ id }) => id);
}

// Eight messages of control characters were a page of 512 KB, which JSON made 3.1 MB of: more than twice the
// high-water mark. Whoever joined was closed with 4008, and again when they came back.
serverTest(
  "Chat brings those who join a room full of control characters all of it, page by page",
  async ({ server, database }) => {
    const kept = await fillRoom(database.url);
    const url = `${server.socketUrl}/chat/noise`;
    await using ada = await connectChat(url);
    const sizes: number[] = [];
    ada.socket.addEventListener("message", ({ data }) => sizes.push(String(data).length));
    ada.send({ type: "join", username: "ada" });
    const joined = await ada.nextOf("history");
    await ada.nextOf("presence");
    const ids = idsOf(joined);
    for (let more = joined.more; more;) {
      const page = await ada.ask({ type: "history", before: ids[0] });
      ids.unshift(...idsOf(page));
      more = page.more;
    }
    assert.deepEqual(ids, kept);
    assert.ok(sizes.every((size) => size <= FRAME_BYTES_MAX), `frames of ${sizes} bytes`);
    assert.equal(ada.closed, undefined);
  },
);

/** As many rooms as one may be in, each with as much history as a page takes. */
async function fillRooms(databaseUrl: string): Promise<string[]> {
  const rooms = Array.from({ length: CHAT_LIMITS.roomsMax }, (_, n) => `room-${n}`);
  await query(databaseUrl, async (sql) => {
    await sql`
      insert into quotewire_chat_messages (id, room, username, content, said_at)
      select gen_random_uuid(), 'room-' || room, 'grace', repeat('x', 65536), now()
      from generate_series(0, ${rooms.length - 1}::int) room, generate_series(1, 8)`;
  });
  return rooms;
}

// Each page was bounded, but not what the pages of one client came to: 20 rooms were sent 9 MB at once, against
// a mark of 1 MB. A client that took 3 MB a second was closed with 4008, and again when it came back.
serverTest(
  "Chat sends a client that joins 20 rooms the next history when it has read those before",
  async ({ server, database }) => {
    const rooms = await fillRooms(database.url);
    const { port } = new URL(server.socketUrl);
    using ada = await StalledClient.open(Number(port), CHAT_PROTOCOL_JSON, "/chat");
    for (const room of rooms) await ada.send({ type: "join", room, username: "ada" });
    await ada.send({ type: "message", room: rooms.at(-1), content: "behind the last of them" });
    await using grace = await connectChat(`${server.socketUrl}/chat`);
    for (const room of rooms) grace.send({ type: "join", room, username: "grace" });
    // By then hers had been read as well: one address is served in the order in which it asked.
    for (const _ of rooms) await grace.nextOf("history");
    for (const _ of rooms) await ada.readUntil(({ type }) => type === "history");
    assert.equal((await grace.said()).content, "behind the last of them");
  },
);

// The worker heard in a message of its own that a page had been answered. In between it could read the next
// request, which came too soon for it.
serverTest(
  "Chat refuses nobody the next page who asks for it with the one before in hand",
  async ({ server }) => {
    const { requestsBurstMax, requestsPerSecondMax } = CHAT_LIMITS;
    const readers = await Promise.all(Array.from({ length: 20 }, async (_, n) => {
      const reader = await joinChat(`${server.socketUrl}/chat`, `reader ${n}`);
      reader.socket.addEventListener("message", ({ data }) => {
        const answers = reader.received.filter(({ id }) => id === "page").length;
        const isAnswer = JSON.parse(data).id === "page";
        if (isAnswer && answers < requestsBurstMax - requestsPerSecondMax) ask(reader);
      });
      return reader;
    }));
    const ask = ({ send }: ChatDialogue) => send({ type: "history", id: "page", limit: 1 });
    readers.forEach(ask);
    const pages = () =>
      readers.flatMap(({ received }) => received.filter(({ id }) => id === "page"));
    await waitFor("the pages", () => {
      return pages().length === readers.length * (requestsBurstMax - requestsPerSecondMax);
    }, 60_000);
    assert.deepEqual(pages().filter(({ type }) => type !== "history"), []);
  },
);

// Each such join had the whole history read, encoded and sent once more, for sixty bytes.
serverTest(
  "Chat answers a join of a room that one is in with its name alone, and tells the others of another name",
  async ({ server }) => {
    const url = `${server.socketUrl}/chat`;
    await using grace = await joinChat(url, "grace");
    await using ada = await joinChat(url, "ada");
    for (let n = 0; n < 3; n += 1) {
      assert.equal((await ada.ask({ type: "join", username: "ada" })).username, "ada");
    }
    assert.equal((await ada.ask({ type: "join", username: "Ada L." })).username, "Ada L.");
    assert.equal((await ada.ask({ type: "join", username: "grace" })).code, "username_taken");
    assert.equal((await ada.ask({ type: "join" })).username, "Ada L.");
    const { username, old_username } = await grace.event("rename");
    assert.deepEqual([username, old_username], ["Ada L.", "ada"]);
    await ada.ask({ type: "message", content: "end" });
    assert.equal(ada.received.filter(({ type }) => type === "history").length, 1);
  },
);

serverTest(
  "Chat lets nobody join more often than 5 times a second, 40 times at once",
  async ({ server }) => {
    await using ada = await connectChat(`${server.socketUrl}/chat`);
    for (let n = 0; n < 80; n += 1) {
      ada.send({ type: n % 3 === 1 ? "leave" : "join", id: n, room: n % 3 === 2 ? "b" : "a" });
    }
    const { message } = await ada.next("a refusal", ({ code }) => code === "rate_limited");
    await waitFor("forty of the joins to be done", () => {
      return ada.received.filter(({ username }) => username !== undefined).length >= 40;
    });
    assert.equal(message, "Cannot join: must be 5 joins a second at most, 40 at once");
    await waitFor("the rate to recover", async () => {
      return (await ada.ask({ type: "join" })).type === "ack";
    });
  },
);
