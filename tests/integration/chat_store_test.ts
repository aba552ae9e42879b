import assert from "node:assert/strict";
import { type ChatContent, ChatStore, type NewChatMessage } from "../../src/db/chat_store.ts";
import { Database } from "../../src/db/client.ts";
import { MessageIds } from "../../src/chat/message_ids.ts";
import { testDatabase } from "../support/postgres.ts";

const DEADLINE_MS = 10_000;

const ids = new MessageIds();

function message(text: string, more: Partial<NewChatMessage> = {}): NewChatMessage {
  const content: ChatContent = { kind: "text", text };
  return {
    id: ids.next(),
    room: "lobby",
    username: "ada",
    timeMs: 1_795_233_361_125,
    content,
    ...more,
  };
}

/** The ids under which messages are in the table. */
async function append(store: ChatStore, messages: readonly NewChatMessage[]): Promise<string[]> {
  return (await store.append(messages, DEADLINE_MS)).map(({ id }) => id);
}

function texts(page: { messages: readonly { content: ChatContent }[] }): string[] {
  return page.messages.map(({ content }) => content.kind === "text" ? content.text : "bytes");
}

/** Hands over a store on a fresh database, and closes it. */
async function withStore(work: (store: ChatStore) => Promise<void>): Promise<void> {
  await using database = await testDatabase();
  const pool = new Database({
    url: database.url,
    connectionsMax: 2,
    applicationName: "quotewire test chat",
  });
  try {
    await work(new ChatStore({ writes: pool, reads: pool }));
  } finally {
    await pool.close();
  }
}

Deno.test("ChatStore.read() returns texts, bytes and files as they were appended", () =>
  withStore(async (store) => {
    const said = [
      message('quotes " \\ {a,b} NULL\nemoji 🦕'),
      message("", {
        content: { kind: "binary", data: crypto.getRandomValues(new Uint8Array(200)) },
      }),
      message("", {
        content: {
          kind: "binary",
          data: new Uint8Array(),
          name: "naïve, {file}.txt",
          mediaType: "text/plain",
        },
      }),
    ];
    await store.append(said, DEADLINE_MS);
    const page = await store.read({ room: "lobby", limit: 10 }, DEADLINE_MS);
    assert.deepEqual(page, { messages: said, more: false });
  }));

Deno.test("ChatStore.append() keeps a text that holds a NUL, which Postgres cannot", () =>
  withStore(async (store) => {
    await store.append([message("a\0b")], DEADLINE_MS);
    assert.deepEqual(texts(await store.read({ room: "lobby", limit: 1 }, DEADLINE_MS)), [
      "a\ufffdb",
    ]);
  }));

Deno.test("ChatStore.append() keeps one message of each key in a room, and names the first", () =>
  withStore(async (store) => {
    const first = message("once", { key: "k" });
    const other = message("elsewhere", { key: "k", room: "other" });
    assert.deepEqual(await append(store, [first, other]), [first.id, other.id]);
    const again = message("once", { key: "k" });
    const twice = message("new", { key: "k2" });
    const repeated = message("new", { key: "k2" });
    assert.deepEqual(
      await store.append([again, twice, repeated], DEADLINE_MS),
      [
        { id: first.id, isEarlier: true },
        { id: twice.id, isEarlier: false },
        { id: twice.id, isEarlier: true },
      ],
    );
    const page = await store.read({ room: "lobby", limit: 10 }, DEADLINE_MS);
    assert.deepEqual(texts(page), ["once", "new"]);
  }));

Deno.test("ChatStore.append() is harmless to repeat", () =>
  withStore(async (store) => {
    const said = [message("a"), message("b", { key: "k" })];
    const expected = said.map(({ id }) => id);
    assert.deepEqual(await append(store, said), expected);
    assert.deepEqual(await append(store, said), expected);
    assert.equal((await store.read({ room: "lobby", limit: 10 }, DEADLINE_MS)).messages.length, 2);
  }));

Deno.test("ChatStore.read() returns the newest between two ids, and whether there are older ones", () =>
  withStore(async (store) => {
    const said = ["1", "2", "3", "4", "5"].map((text) => message(text));
    await store.append([...said, message("apart", { room: "other" })], DEADLINE_MS);
    const read = async (limit: number, after?: number, before?: number) => {
      const page = await store.read({
        room: "lobby",
        limit,
        after: after === undefined ? undefined : said[after]?.id,
        before: before === undefined ? undefined : said[before]?.id,
      }, DEADLINE_MS);
      return [texts(page).join(""), page.more];
    };
    assert.deepEqual(await read(10), ["12345", false]);
    assert.deepEqual(await read(2), ["45", true]);
    assert.deepEqual(await read(5, 1), ["345", false]);
    assert.deepEqual(await read(2, 0, 4), ["34", true]);
    assert.deepEqual(await read(3, 0, 4), ["234", false]);
  }));

Deno.test("ChatStore.read() ends a page before it grows past 512 KB in base64, but never without a message", () =>
  withStore(async (store) => {
    const large = (size: number): NewChatMessage =>
      message("", { content: { kind: "binary", data: new Uint8Array(size) } });
    const said = [large(600_000), large(250_000), large(200_000), large(100)];
    await store.append(said, DEADLINE_MS);
    const indexes: number[][] = [];
    let before: string | undefined;
    for (let more = true; more;) {
      const page = await store.read({ room: "lobby", limit: 10, before }, DEADLINE_MS);
      indexes.push(page.messages.map(({ id }) => said.findIndex((large) => large.id === id)));
      before = page.messages[0]?.id;
      more = page.more;
    }
    assert.deepEqual(indexes, [[2, 3], [1], [0]]);
  }));

Deno.test("ChatStore.newestId() names the highest id of all rooms, or none", () =>
  withStore(async (store) => {
    assert.equal(await store.newestId(DEADLINE_MS), undefined);
    const said = [message("a", { room: "z" }), message("b", { room: "a" })];
    await store.append(said, DEADLINE_MS);
    assert.equal(await store.newestId(DEADLINE_MS), said[1]?.id);
  }));
