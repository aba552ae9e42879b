import assert from "node:assert/strict";
import { HistoryKeeper, type Outcome } from "../../src/chat/history_keeper.ts";
import { MessageIds } from "../../src/chat/message_ids.ts";
import type { NewChatMessage } from "../../src/db/chat_store.ts";
import { Database } from "../../src/db/client.ts";
import { lastingPart, SharedChatStore } from "../../src/db/shared_chat_store.ts";
import { testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { waitFor } from "../support/wait_for.ts";

const HOUR_MS = 3_600_000;
const LOCK = 42;

function message(id: string): NewChatMessage {
  const content = { kind: "text", text: "x" } as const;
  return { id, room: "lobby", username: "ada", timeMs: Date.now(), content };
}

// A second turn, under another id, may run late like a first one. Everybody had been told the first id, so
// whoever read the history later got the message again under the other.
Deno.test({
  name: "HistoryKeeper.keep() names the id under which Postgres may write a message after all",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using testing = await testDatabase();
    const database = new Database({
      url: testing.url,
      connectionsMax: 2,
      applicationName: "quotewire test",
    });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => database.close());
    const store = new SharedChatStore({ writes: database, reads: database });
    // So that the message below, by a clock that is behind, needs a second turn.
    await store.append([message(new MessageIds().next(Date.now() + HOUR_MS))], 10_000);
    const keeper = new HistoryKeeper(store, new MessageIds(), {
      onKept: () => {},
      isWatched: () => false,
    });
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
      keeper.keep(said, (outcome) => {
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
