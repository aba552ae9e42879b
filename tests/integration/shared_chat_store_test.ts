import assert from "node:assert/strict";
import { MessageIds } from "../../src/chat/message_ids.ts";
import { type NewChatMessage, OLDEST_ID } from "../../src/db/chat_store.ts";
import { Database } from "../../src/db/client.ts";
import { lastingPart, SharedChatStore } from "../../src/db/shared_chat_store.ts";
import { sleep } from "../../src/lifecycle.ts";
import { testDatabase } from "../support/postgres.ts";

const DEADLINE_MS = 10_000;
const HOUR_MS = 3_600_000;

/** A server that writes to the shared chat, with a clock of its own. */
class Writer {
  readonly #ids = new MessageIds();
  readonly #clockMs: () => number;
  readonly database: Database;
  readonly store: SharedChatStore;

  constructor(url: string, clockMs: () => number = Date.now) {
    this.#clockMs = clockMs;
    this.database = new Database({ url, connectionsMax: 1, applicationName: "quotewire test" });
    this.store = new SharedChatStore({ writes: this.database, reads: this.database });
  }

  message(text: string, more: Partial<NewChatMessage> = {}): NewChatMessage {
    const id = this.#ids.next(this.#clockMs());
    const content = { kind: "text", text } as const;
    return { id, room: "lobby", username: "ada", timeMs: 1_795_233_361_125, content, ...more };
  }
}

/** Hands over servers with these clocks, on one fresh database. */
async function withWriters(
  clocks: readonly (() => number)[],
  work: (...writers: Writer[]) => Promise<void>,
): Promise<void> {
  await using database = await testDatabase();
  const writers = clocks.map((clock) => new Writer(database.url, clock));
  try {
    await work(...writers);
  } finally {
    await Promise.all(writers.map((writer) => writer.database.close()));
  }
}

Deno.test("SharedChatStore.append() gives ids above all that the room has, whatever the server's clock", () =>
  withWriters([() => Date.now() + HOUR_MS, Date.now], async (ahead, behind) => {
    assert.ok(ahead !== undefined && behind !== undefined);
    const first = await ahead.store.append([ahead.message("1"), ahead.message("2")], DEADLINE_MS);
    const second = await behind.store.append([behind.message("3")], DEADLINE_MS);
    const ids = [...first, ...second].map(({ id }) => id);
    assert.deepEqual(ids.toSorted(), ids);
    assert.equal(new Set(ids).size, 3);
    const { messages } = await behind.store.read({ room: "lobby", limit: 9 }, DEADLINE_MS);
    assert.deepEqual(messages.map(({ id }) => id), ids);
  }));

Deno.test("SharedChatStore.append() says which message came before each in its room", () =>
  withWriters([Date.now, Date.now], async (one, other) => {
    assert.ok(one !== undefined && other !== undefined);
    const first = await one.store.append(
      [one.message("1"), one.message("apart", { room: "other" }), one.message("2")],
      DEADLINE_MS,
    );
    const second = await other.store.append([other.message("3")], DEADLINE_MS);
    assert.deepEqual(
      [...first, ...second].map(({ previous }) => previous),
      [OLDEST_ID, OLDEST_ID, first[0]?.id, first[2]?.id],
    );
  }));

Deno.test("SharedChatStore.append() leaves an id as it is where nothing has come between", () =>
  withWriters([Date.now, Date.now], async (one, other) => {
    assert.ok(one !== undefined && other !== undefined);
    const said = [one.message("1"), one.message("2"), one.message("apart", { room: "other" })];
    const kept = await one.store.append(said, DEADLINE_MS);
    assert.deepEqual(kept.map(({ id }) => id), said.map(({ id }) => id));
    await sleep(5);
    const next = other.message("3");
    const [{ id } = { id: "" }] = await other.store.append([next], DEADLINE_MS);
    assert.equal(id, next.id);
  }));

Deno.test("SharedChatStore.append() writes a message once that has no key when its first answer was lost", () =>
  withWriters([Date.now, Date.now], async (one, other) => {
    assert.ok(one !== undefined && other !== undefined);
    const lost = one.message("once");
    const [first] = await one.store.append([lost], DEADLINE_MS);
    await other.store.append([other.message("between")], DEADLINE_MS);
    const [again] = await one.store.append([lost], DEADLINE_MS);
    assert.deepEqual(again, { id: first?.id, isEarlier: false });
    const { messages } = await one.store.read({ room: "lobby", limit: 9 }, DEADLINE_MS);
    assert.equal(messages.length, 2);
  }));

Deno.test("SharedChatStore.append() names the earlier message of another server with the same key", () =>
  withWriters([Date.now, Date.now], async (one, other) => {
    assert.ok(one !== undefined && other !== undefined);
    const [first] = await one.store.append([one.message("once", { key: "k" })], DEADLINE_MS);
    const again = await other.store.append([other.message("once", { key: "k" })], DEADLINE_MS);
    assert.deepEqual(again, [{ id: first?.id, isEarlier: true }]);
  }));

Deno.test("SharedChatStore keeps a reader that asks for what is above its last id from missing anything", () =>
  withWriters([Date.now, () => Date.now() + 50, Date.now], async (one, other, reader) => {
    assert.ok(one !== undefined && other !== undefined && reader !== undefined);
    let isOver = false;
    const write = async (writer: Writer) => {
      for (let round = 0; round < 40; round += 1) {
        const rooms = round % 2 === 0 ? ["lobby", "other"] : ["other", "lobby"];
        await writer.store.append(rooms.map((room) => writer.message("x", { room })), DEADLINE_MS);
      }
    };
    const seen: string[] = [];
    const read = async () => {
      for (let isLast = false; !isLast;) {
        isLast = isOver;
        const query = { room: "lobby", limit: 100, after: seen.at(-1) };
        const { messages } = await reader.store.read(query, DEADLINE_MS);
        seen.push(...messages.map(({ id }) => id));
      }
    };
    const reading = read();
    await Promise.all([write(one), write(other)]);
    isOver = true;
    await reading;
    const all = await reader.store.read({ room: "lobby", limit: 100 }, DEADLINE_MS);
    assert.deepEqual(seen, all.messages.map(({ id }) => id));
    assert.equal(seen.length, 80);
  }));

Deno.test("SharedChatStore.roomsWithNews() names the rooms that hold messages above an id", () =>
  withWriters([Date.now], async (writer) => {
    assert.ok(writer !== undefined);
    const { store } = writer;
    const [lobby, other] = await store.append(
      [writer.message("1"), writer.message("2", { room: "other" })],
      DEADLINE_MS,
    );
    assert.ok(lobby !== undefined && other !== undefined);
    const ask = async (positions: Record<string, string>) =>
      (await store.roomsWithNews(new Map(Object.entries(positions)), DEADLINE_MS)).toSorted();
    const none = await ask({ lobby: lobby.id, other: other.id, empty: OLDEST_ID });
    assert.deepEqual(none, []);
    assert.deepEqual(await ask({ lobby: OLDEST_ID, other: OLDEST_ID }), ["lobby", "other"]);
    assert.deepEqual(await ask({ lobby: OLDEST_ID, other: other.id }), ["lobby"]);
  }));

Deno.test("lastingPart() is what a message's ids have in common before and after its turn", async () => {
  await withWriters([() => Date.now() + HOUR_MS, Date.now], async (ahead, behind) => {
    assert.ok(ahead !== undefined && behind !== undefined);
    await ahead.store.append([ahead.message("1")], DEADLINE_MS);
    const [mine, apart] = [behind.message("2"), behind.message("3")];
    const [kept] = await behind.store.append([mine], DEADLINE_MS);
    assert.ok(kept !== undefined && kept.id !== mine.id);
    assert.equal(lastingPart(kept.id), lastingPart(mine.id));
    assert.notEqual(lastingPart(kept.id), lastingPart(apart.id));
  });
});
