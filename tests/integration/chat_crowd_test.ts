import assert from "node:assert/strict";
import { sleep } from "../../src/lifecycle.ts";
import { CHAT_PROTOCOL_JSON } from "../../src/session/chat_protocol.ts";
import { connectChat, joinChat } from "../support/chat.ts";
import { connect } from "../support/dialogue.ts";
import { openOrClose } from "../support/plain_socket.ts";
import { testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

const CROWD = 100;
/** Within the 100 at once that a client may make, with its join. */
const QUESTIONS = 70;
const ANSWERED_MS = 60_000;

/** A client that asks for the same page many times at once, and counts how it is answered. */
class Asker {
  readonly answers = { history: 0, rate_limited: 0, other: 0 };
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#count(String(data));
  }

  static async join(url: string): Promise<Asker> {
    const socket = new WebSocket(url, CHAT_PROTOCOL_JSON);
    await openOrClose(socket, url);
    const asker = new Asker(socket);
    socket.send(JSON.stringify({ type: "join", history: 0 }));
    return asker;
  }

  /** Also when it was let go, because more pages were under way to it than it had read. */
  get answered(): boolean {
    if (this.#socket.readyState === WebSocket.CLOSED) return true;
    return this.answers.history + this.answers.rate_limited === QUESTIONS;
  }

  ask(): void {
    for (let id = 1; id <= QUESTIONS; id += 1) {
      this.#socket.send(JSON.stringify({ type: "history", id, limit: 100 }));
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  /** Only those with an id are answers: pages are large, and nobody reads them here. */
  #count(frame: string): void {
    const head = frame.slice(0, 80);
    if (/^\{"type":"history","id"/.test(head)) this.answers.history += 1;
    else if (/^\{"type":"error","id".*"rate_limited"/.test(head)) this.answers.rate_limited += 1;
    else if (head.startsWith('{"type":"error"')) this.answers.other += 1;
  }
}

// Each of 7000 reads was handed to the database at once. Most waited for one of its three connections until
// their two seconds were over; the first of them replaced the pool, writes under way included, and declared
// the history off for every room.
Deno.test({
  name: "Chat keeps what is said beside a crowd that reads the history as fast as it may",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using database = await testDatabase();
    await using server = await startServer({ databaseUrl: database.url });
    const url = `${server.socketUrl}/chat/crowded`;
    await using earlier = await joinChat(url, "earlier");
    const line = "x".repeat(4000);
    for (let n = 0; n < 80; n += 1) {
      assert.equal((await earlier.ask({ type: "message", content: line })).stored, true);
    }
    await using ada = await joinChat(url, "ada");
    using stack = new DisposableStack();
    const crowd = await Promise.all(Array.from({ length: CROWD }, () => Asker.join(url)));
    for (const asker of crowd) stack.use(asker);
    for (const asker of crowd) asker.ask();
    let kept = 0;
    await waitFor("everybody to be answered", async () => {
      const { stored } = await ada.ask({ type: "message", content: `while ${kept}` });
      assert.equal(stored, true);
      kept += 1;
      // She is held to 20 requests a second herself.
      await sleep(50);
      return crowd.every(({ answered }) => answered);
    }, ANSWERED_MS);
    assert.ok(!ada.received.some(({ event }) => event === "history_off"));
    assert.ok(crowd.some(({ answers }) => answers.history > 0), "some were served");
    assert.ok(crowd.every(({ answers }) => answers.other === 0));
    const page = await ada.ask({ type: "history", limit: 1 });
    assert.equal(page.type, "history", "and it is over when it is over");
  },
});

/** Makes Postgres take long over reading what was said in the room `held`, and over nothing else. */
async function holdRoom(databaseUrl: string): Promise<void> {
  await query(databaseUrl, async (sql) => {
    await sql.unsafe(`
      alter table quotewire_chat_messages rename to chat_messages_held;
      create function is_read(room text) returns boolean language plpgsql volatile as $$
        begin
          -- A look at whether there is a table may see rows of all rooms.
          if room = 'held' and current_setting('application_name') like 'quotewire chat reads%'
          then perform pg_sleep(20); end if;
          return true;
        end $$;
      create view quotewire_chat_messages as select * from chat_messages_held where is_read(room)`);
  });
}

// One read that took longer than two seconds turned the history off for all rooms, and somebody who came
// back was told that nothing had been said meanwhile.
Deno.test({
  name:
    "Chat keeps what is said while a read of another room is late, and says what it did not read",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using database = await testDatabase();
    await using server = await startServer({ databaseUrl: database.url });
    const url = `${server.socketUrl}/chat`;
    // So that the room remembers what was said there.
    await using _stays = await joinChat(`${url}/held`, "joan");
    await using grace = await joinChat(`${url}/held`, "grace");
    const { message: after } = await grace.ask({ type: "message", content: "1" });
    await grace.ask({ type: "message", content: "2" });
    await using ada = await joinChat(`${url}/free`, "ada");
    assert.equal((await ada.ask({ type: "message", content: "before" })).stored, true);
    await grace[Symbol.asyncDispose]();
    await holdRoom(database.url);
    await using back = await connectChat(`${url}/held`);
    // Whoever left and came in again was told twice of what was said before.
    back.send({ type: "join", username: "grace", after });
    back.send({ type: "history", id: "left" });
    back.send({ type: "leave" });
    back.send({ type: "join", id: "join", username: "grace", after });
    const { message: left } = await back.next("an answer", ({ id }) => id === "left");
    assert.equal(left, "Cannot read the history: must be in the room, has left it");
    await back.nextOf("ack");
    for (const id of ["history", "another"]) back.send({ type: "history", id });
    const { message: refusal } = await back.next("a refusal", ({ id }) => id === "another");
    assert.match(
      String(refusal),
      /^Cannot do the request: must ask for one page of a room after/,
    );
    while (!back.received.some(({ type }) => type === "presence")) {
      assert.equal((await ada.ask({ type: "message", content: "meanwhile" })).stored, true);
      await sleep(100);
    }
    const joined = await back.next("what was said", ({ room, type }) => {
      return room === "held" && type === "history";
    });
    assert.deepEqual([joined.messages, joined.more, joined.kept], [[], true, true]);
    const { code, message } = await back.next("an answer", ({ id }) => id === "history");
    assert.equal(code, "rate_limited");
    assert.equal(message, "Cannot read the history: the server must have room for it, is behind");
    assert.equal((await ada.ask({ type: "message", content: "after" })).stored, true);
    assert.ok(!ada.received.some(({ event }) => event === "history_off"));
    assert.equal(back.received.filter(({ type }) => type === "history").length, 1);
  },
});

// Five hundred sockets of one address took all 10,000 rooms, and nobody else could open one, the lobby
// included. A relay that was refused was told of a fault of the server.
Deno.test({
  name: "Chat lets one address open so many rooms, and leaves the lobby and all open rooms to it",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using database = await testDatabase();
    await using server = await startServer({
      databaseUrl: database.url,
      env: { MAX_SESSIONS_PER_IP: "30" },
    });
    const url = `${server.socketUrl}/chat`;
    await using one = await connectChat(url);
    await using other = await connectChat(url);
    for (let n = 0; n < 30; n += 1) {
      const client = n < 20 ? one : other;
      assert.equal((await client.ask({ type: "join", room: `room-${n}` })).type, "ack");
    }
    const { code, message } = await other.ask({ type: "join", room: "one-more" });
    assert.equal(code, "too_many_rooms");
    assert.equal(message, "Cannot join: one address may have opened 30 at most");
    await using relay = await connect(`${url}/one-more`, null);
    await waitFor("the relay to be closed", () => relay.closed !== undefined);
    assert.deepEqual(relay.closed, { code: 1013, reason: "try again later" });
    for (const room of ["lobby", "room-0"]) {
      assert.equal((await other.ask({ type: "join", room })).type, "ack", room);
    }
    await one.ask({ type: "leave", room: "room-1" });
    assert.equal((await other.ask({ type: "join", room: "one-more" })).type, "ack");
  },
});
