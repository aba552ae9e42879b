import assert from "node:assert/strict";
import { chatFrame, saidFrame } from "../../src/chat/chat_frames.ts";
import { HistoryKeeper, type Outcome } from "../../src/chat/history_keeper.ts";
import { MessageIds } from "../../src/chat/message_ids.ts";
import { type ChatContent, ChatStore, type NewChatMessage } from "../../src/db/chat_store.ts";
import { Database } from "../../src/db/client.ts";
import { lastingPart, SharedChatStore } from "../../src/db/shared_chat_store.ts";
import { testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { waitFor } from "../support/wait_for.ts";

const HOUR_MS = 3_600_000;
const LOCK = 42;
const BATCH_BYTES_MAX = 512 * 1024;
const MB = 1024 * 1024;

function message(
  id: string,
  content: ChatContent = { kind: "text", text: "x" },
): NewChatMessage {
  return { id, room: "lobby", username: "ada", timeMs: Date.now(), content };
}

/** Files of 64 KB, and what grows sixfold in JSON, as a relay may say it. */
function largeMessages(): NewChatMessage[] {
  const ids = new MessageIds();
  return Array.from({ length: 40 }, (_, n) => {
    const content: ChatContent = n % 5 === 0
      ? { kind: "text", text: "\x01".repeat(65_536) }
      : { kind: "binary", data: new Uint8Array(65_536) };
    return message(ids.next(), content);
  });
}

function encodedBytes(messages: readonly NewChatMessage[]): number {
  return messages.reduce((sum, said) => sum + chatFrame(saidFrame(said)).length, 0);
}

/** Keeps in mind what it was given to write at once. */
class WatchedStore extends ChatStore {
  readonly batches: (readonly NewChatMessage[])[] = [];

  override append(messages: readonly NewChatMessage[], deadlineMs: number) {
    this.batches.push(messages);
    return super.append(messages, deadlineMs);
  }
}

/** A database, by default one that is away for ever. */
function databaseAt(url = "postgres://nobody@127.0.0.1:1/nothing"): Database {
  return new Database({ url, connectionsMax: 2, applicationName: "quotewire test" });
}

function keeperOf(store: ChatStore): HistoryKeeper {
  const events = { onKept: () => {}, isWatched: () => false };
  return new HistoryKeeper(store, new MessageIds(), BATCH_BYTES_MAX, events);
}

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

// It handed on 2 MB before they were encoded: 2.8 MB of files, and six times as much of control characters.
test("HistoryKeeper.keep() hands on 512 KB of frames at once, in order", async () => {
  await using testing = await testDatabase();
  const database = databaseAt(testing.url);
  const store = new WatchedStore({ writes: database, reads: database });
  const keeper = keeperOf(store);
  await waitFor("the keeper to keep", () => keeper.kept);
  const said = largeMessages();
  const done: string[] = [];
  for (const each of said) {
    assert.ok(keeper.keep(each, "here", ({ id, stored }) => stored && done.push(id)));
  }
  await keeper.close();
  await database.close();
  assert.deepEqual(done, said.map(({ id }) => id));
  assert.deepEqual(store.batches.flat(), said);
  const sizes = store.batches.map(encodedBytes);
  assert.ok(sizes.every((size) => size <= BATCH_BYTES_MAX), sizes.join());
  assert.ok(sizes.length < said.length / 2, "several at once");
});

// What could not be kept was told in one go, all that had waited for a mute database: up to 64 MB.
test("HistoryKeeper.keep() lets go 512 KB of frames a turn where they cannot be kept", async () => {
  const database = databaseAt();
  const keeper = keeperOf(new ChatStore({ writes: database, reads: database }));
  const said = largeMessages();
  const turns: NewChatMessage[][] = [];
  let turn: NewChatMessage[] | undefined;
  for (const each of said) {
    keeper.keep(each, "here", () => {
      if (turn === undefined) {
        turns.push(turn = []);
        setTimeout(() => turn = undefined, 0);
      }
      turn.push(each);
    });
  }
  await waitFor("all to be let go", () => turns.flat().length === said.length);
  assert.deepEqual(turns.flat(), said);
  const sizes = turns.map(encodedBytes);
  assert.ok(sizes.every((size) => size <= BATCH_BYTES_MAX), sizes.join());
  await keeper.close();
  await database.close();
});

// What was thrown ended the loop, which nothing started again, and as nobody caught it the whole process.
test("HistoryKeeper.keep() goes on with the others when telling one has failed", async () => {
  const database = databaseAt();
  const keeper = keeperOf(new ChatStore({ writes: database, reads: database }));
  const ids = new MessageIds();
  const done: string[] = [];
  const keep = (name: string) => keeper.keep(message(ids.next()), "here", () => done.push(name));
  keeper.keep(message(ids.next()), "here", () => {
    throw new Error("a fault of whoever listens");
  });
  keep("of the same batch");
  await waitFor("the rest of the batch", () => done.length === 1);
  keep("of the next");
  await waitFor("the next batch", () => done.length === 2);
  await keeper.close();
  await database.close();
});

// Room for what waits was first come, first served: one who filled it left what all others said unkept.
test("HistoryKeeper.keep() has room for others when one address has all that it may", async () => {
  const database = databaseAt();
  const keeper = keeperOf(new ChatStore({ writes: database, reads: database }));
  const ids = new MessageIds();
  const large: ChatContent = { kind: "binary", data: new Uint8Array(MB) };
  const keep = (address: string) => keeper.keep(message(ids.next(), large), address, () => {});
  let kept = 0;
  while (keep("hostile")) kept += 1;
  assert.equal(kept, 16);
  assert.ok(keep("other"));
  await keeper.close();
  await database.close();
});

// A second turn, under another id, may run late like a first one. Everybody had been told the first id, so
// whoever read the history later got the message again under the other.
Deno.test({
  name: "HistoryKeeper.keep() names the id under which Postgres may write a message after all",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using testing = await testDatabase();
    const database = databaseAt(testing.url);
    await using stack = new AsyncDisposableStack();
    stack.defer(() => database.close());
    const store = new SharedChatStore({ writes: database, reads: database });
    // So that the message below, by a clock that is behind, needs a second turn.
    await store.append([message(new MessageIds().next(Date.now() + HOUR_MS))], 10_000);
    const keeper = keeperOf(store);
    await waitFor("the keeper to keep", () => keeper.kept);
    const said = message(new MessageIds().next());
    await query(testing.url, async (sql) => {
      await sql.unsafe(`
        create function wait_for_test() returns trigger language plpgsql as $$
          begin perform pg_advisory_xact_lock(${LOCK}); return new; end $$;
        create trigger wait_for_test before insert on quotewire_chat_messages
          for each row execute function wait_for_test();
        select pg_advisory_lock(${LOCK})`);
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      keeper.keep(said, "127.0.0.1", (outcome) => {
        // It would end the statement that is late before it looks again.
        stack.defer(() => closing);
        const closing = keeper.close();
        resolve(outcome);
      });
      const outcome = await promise;
      assert.equal(outcome.stored, false);
      assert.equal(lastingPart(outcome.id), lastingPart(said.id));
      await sql`select pg_advisory_unlock(${LOCK})`;
      const written = await waitFor("the late statement", async () => {
        const rows = await sql<{ id: string }[]>`
          select id::text from quotewire_chat_messages order by id offset 1`;
        return rows[0]?.id;
      });
      assert.equal(written, outcome.id);
      assert.notEqual(written, said.id);
    });
  },
});
