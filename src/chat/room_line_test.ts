import assert from "node:assert/strict";
import { waitFor } from "../../tests/support/wait_for.ts";
import { type ChatMessage, type HistoryPage, OLDEST_ID } from "../db/chat_store.ts";
import { type LineEntry, RoomLine } from "./room_line.ts";

/** What was said before the room came to be has lower positions. */
const OPENED_AT = 100;

/** A room whose history the test writes. */
class Fixture {
  readonly told: string[] = [];
  readonly recoveries: [number, boolean][] = [];
  readonly pending = new Set<string>();
  readonly toldBefore = new Set<string>();
  history: ChatMessage[] = [];
  isHistoryAway = false;
  reads = 0;
  readonly line = new RoomLine({
    tell: ({ message }) => this.told.push(textOf(message)),
    read: (after) => Promise.resolve().then(() => this.#read(after)),
    isPending: (id) => this.pending.has(id),
    wasTold: (id) => this.toldBefore.has(id),
    recovered: (count, isAll) => this.recoveries.push([count, isAll]),
  }, said(OPENED_AT).id);

  static async opened(history: ChatMessage[] = []): Promise<Fixture> {
    const fixture = new Fixture();
    fixture.history = history;
    await fixture.line.opened;
    return fixture;
  }

  /** A room that came to be while the history could not be read. */
  static async openedBlind(): Promise<Fixture> {
    const fixture = new Fixture();
    fixture.isHistoryAway = true;
    fixture.write(1, 2);
    await fixture.line.opened;
    fixture.isHistoryAway = false;
    return fixture;
  }

  /** Writes messages into the history, and returns what other servers are told of them. */
  write(...positions: number[]): LineEntry[] {
    return positions.map((position) => {
      const previous = this.history.at(-1)?.id ?? OLDEST_ID;
      const message = said(position);
      this.history.push(message);
      return { message, previous };
    });
  }

  #read(after: string | undefined): HistoryPage | undefined {
    this.reads += 1;
    if (this.isHistoryAway) return undefined;
    const above = this.history.filter(({ id }) => after === undefined || id > after);
    return { messages: after === undefined ? above.slice(-1) : above, more: false };
  }
}

function said(position: number): ChatMessage {
  const id = `00000000-0000-7000-8000-${String(position).padStart(12, "0")}`;
  const content = { kind: "text", text: String(position) } as const;
  return { id, room: "lobby", username: "ada", timeMs: position, content };
}

function textOf({ content }: ChatMessage): string {
  return content.kind === "text" ? content.text : "bytes";
}

Deno.test("RoomLine.accept() tells what follows at once, each message once", async () => {
  const fixture = await Fixture.opened([said(1), said(2)]);
  const { line, told } = fixture;
  const entries = fixture.write(3, 4);
  for (const entry of [...entries, ...entries]) line.accept(entry);
  assert.deepEqual(told, ["3", "4"]);
});

Deno.test("RoomLine.accept() tells messages in their order that come in another", async () => {
  const fixture = await Fixture.opened([said(1), said(2)]);
  const { line, told } = fixture;
  const [three, four, five] = fixture.write(3, 4, 5);
  assert.ok(three && four && five);
  line.accept(five);
  line.accept(four);
  assert.deepEqual(told, []);
  line.accept(three);
  assert.deepEqual(told, ["3", "4", "5"]);
});

Deno.test("RoomLine.accept() tells nobody of what had been said before the room came to be", async () => {
  const fixture = new Fixture();
  const [one, two] = fixture.write(1, 2);
  assert.ok(one && two);
  fixture.line.accept(one);
  await fixture.line.opened;
  fixture.line.accept(two);
  assert.deepEqual(fixture.told, []);
});

Deno.test("RoomLine.accept() tells by itself what nobody brought, after a moment", async () => {
  const fixture = await Fixture.opened();
  const [, second] = fixture.write(1, 2);
  assert.ok(second);
  const { promise, resolve } = Promise.withResolvers<void>();
  fixture.line.accept({ ...second, told: resolve });
  await promise;
  assert.deepEqual(fixture.told, ["1", "2"]);
  assert.deepEqual(fixture.recoveries, [[1, true]]);
});

Deno.test("RoomLine.accept() tells what has come when the history is away", async () => {
  const fixture = await Fixture.opened();
  const [, second, third] = fixture.write(1, 2, 3);
  assert.ok(second && third);
  fixture.isHistoryAway = true;
  fixture.line.accept(third);
  fixture.line.accept(second);
  await fixture.line.catchUp();
  assert.deepEqual(fixture.told, ["2", "3"]);
});

Deno.test("RoomLine.catchUp() tells later what was missing while the history was away", async () => {
  const fixture = await Fixture.opened([said(1)]);
  const [, third] = fixture.write(2, 3);
  assert.ok(third);
  fixture.isHistoryAway = true;
  fixture.line.accept(third);
  await fixture.line.catchUp();
  const [fourth, , sixth] = fixture.write(4, 5, 6);
  assert.ok(fourth && sixth);
  fixture.line.accept(fourth);
  fixture.line.accept(sixth);
  await fixture.line.catchUp();
  assert.deepEqual(fixture.told, ["3", "4", "6"]);
  assert.deepEqual([2, 3].map((position) => fixture.line.isPast(said(position).id)), [false, true]);
  fixture.isHistoryAway = false;
  await fixture.line.catchUp();
  assert.deepEqual(fixture.told, ["3", "4", "6", "2", "5"]);
  await fixture.line.catchUp();
  assert.equal(fixture.told.length, 5);
});

Deno.test("RoomLine.accept() waits for no more than 200 messages", async () => {
  const fixture = await Fixture.opened();
  const [, ...entries] = fixture.write(...Array.from({ length: 202 }, (_, n) => n));
  for (const entry of entries) fixture.line.accept(entry);
  assert.equal(fixture.told.length, 201);
});

Deno.test("RoomLine.accept() tells a message that the history does not have, and looks for it once", async () => {
  const fixture = await Fixture.opened();
  fixture.line.accept({ message: said(7), previous: said(6).id });
  await fixture.line.catchUp();
  assert.deepEqual(fixture.told, ["7"]);
  assert.equal(fixture.reads, 2);
});

Deno.test("RoomLine.catchUp() stops before a message of this server, until it comes by itself", async () => {
  const fixture = await Fixture.opened();
  const [, own] = fixture.write(1, 2, 3);
  assert.ok(own);
  fixture.pending.add(own.message.id);
  await fixture.line.catchUp();
  assert.deepEqual(fixture.told, ["1"]);
  fixture.pending.clear();
  fixture.line.accept(own);
  await fixture.line.catchUp();
  assert.deepEqual(fixture.told, ["1", "2", "3"]);
});

Deno.test("RoomLine.catchUp() passes over what was told when the history was away", async () => {
  const fixture = await Fixture.opened();
  fixture.write(1, 2);
  fixture.toldBefore.add(said(1).id);
  await fixture.line.catchUp();
  assert.deepEqual(fixture.told, ["2"]);
});

Deno.test("RoomLine.catchUp() tells nothing of the past when it could not be read before", async () => {
  const fixture = await Fixture.openedBlind();
  await fixture.line.catchUp();
  assert.deepEqual(fixture.told, []);
  const [next] = fixture.write(103);
  assert.ok(next);
  fixture.line.accept(next);
  await fixture.line.catchUp();
  assert.deepEqual(fixture.told, ["103"]);
});

// A room that came to be while the history was away had no place in it, for as long as nobody brought it
// anything: nobody asked for what it missed.
Deno.test("RoomLine.position is the room's opening where the history could not be read, so that others look above it", async () => {
  const fixture = await Fixture.openedBlind();
  assert.equal(fixture.line.position, said(OPENED_AT).id);
  assert.deepEqual([said(2), said(101)].map(({ id }) => fixture.line.isPast(id)), [true, false]);
  fixture.write(101);
  await fixture.line.catchUp();
  assert.deepEqual(fixture.told, ["101"]);
});

// The first message that such a room heard became its place, and what was said before that was past.
Deno.test("RoomLine.accept() tells what comes late or never in a room whose history could not be read", async () => {
  const fixture = await Fixture.openedBlind();
  const [, second, third] = fixture.write(101, 102, 103);
  assert.ok(second && third);
  fixture.line.accept(third);
  fixture.line.accept(second);
  assert.deepEqual(fixture.told, ["103", "102"]);
  await fixture.line.catchUp();
  assert.deepEqual(fixture.told, ["103", "102", "101"]);
  await fixture.line.catchUp();
  assert.equal(fixture.told.length, 3);
});

// The clock by which a room's opening has its id may be ahead of that by which its messages have theirs.
Deno.test("RoomLine.accept() tells what is said live by a clock behind that of the room's opening", async () => {
  const fixture = await Fixture.openedBlind();
  const [first, , third] = fixture.write(97, 98, 99);
  assert.ok(first && third);
  fixture.line.accept(first);
  fixture.line.accept(third);
  await fixture.line.catchUp();
  assert.deepEqual(fixture.told, ["97", "98", "99"]);
});

// The newest message of the history was taken for one from before the room came to be, though it had been
// said while that was being read: a relay, which reads no history, was in the room and never heard it.
Deno.test("RoomLine.accept() tells what was said while the room's place was being read", async () => {
  const fixture = new Fixture();
  fixture.write(1, 2);
  const [brought, , late] = fixture.write(101, 102, 103);
  assert.ok(brought && late);
  fixture.line.accept(brought);
  await fixture.line.opened;
  fixture.line.accept(late);
  await fixture.line.catchUp();
  assert.deepEqual(fixture.told, ["101", "102", "103"]);
});

Deno.test("RoomLine reads by itself what was said while the room's place was being read", async () => {
  const fixture = new Fixture();
  fixture.write(1, 101);
  await fixture.line.opened;
  await waitFor("what was said", () => fixture.told.length > 0);
  assert.deepEqual(fixture.told, ["101"]);
});

// While a room opened, all that it heard was held, however much that was.
Deno.test("RoomLine.accept() holds no more than 200 messages while the room's place is being read", async () => {
  const fixture = new Fixture();
  fixture.history = [said(1), said(2)];
  const entries = fixture.write(...Array.from({ length: 300 }, (_, n) => 101 + n));
  for (const entry of entries.slice(50, 251)) fixture.line.accept(entry);
  assert.equal(fixture.told.length, 201);
  await fixture.line.opened;
  await fixture.line.catchUp();
  assert.deepEqual(
    fixture.told.toSorted(),
    entries.map(({ message }) => textOf(message)).toSorted(),
  );
});

Deno.test("RoomLine.close() lets go of what waits, so that its senders are answered", async () => {
  const fixture = await Fixture.opened();
  const [, second] = fixture.write(1, 2);
  assert.ok(second);
  let answers = 0;
  fixture.line.accept({ ...second, told: () => answers += 1 });
  fixture.line.close();
  assert.deepEqual([answers, fixture.told], [1, []]);
});
