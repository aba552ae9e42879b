import assert from "node:assert/strict";
import * as v from "valibot";
import type { ChatDesk } from "../../src/chat/desk.ts";
import type { FromDesk, ToDesk } from "../../src/chat/desk_messages.ts";
import { CHAT_LIMITS } from "../../src/session/chat_protocol.ts";
import { lonelyDesk } from "../support/lonely_desk.ts";
import { waitFor } from "../support/wait_for.ts";

/** As much as a room may remember, or nearly. */
const LONG_TEXT = "x".repeat(250_000);
const LONG_TEXT_BYTES = LONG_TEXT.length * 2 + 512;
const REMEMBERED_BYTES_MAX = 64 * 1024 * 1024;
/** More than may remember as much. */
const ROOMS = 160;

const frameSchema = v.object({
  type: v.string(),
  id: v.optional(v.string()),
  room: v.optional(v.string()),
  messages: v.optional(v.array(v.object({ id: v.string(), content: v.string() }))),
  more: v.optional(v.boolean()),
});

type Frame = v.InferOutput<typeof frameSchema>;

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

/** A worker's end of the way to a desk, whose sessions the test plays. */
class DeskEnd {
  readonly #port: MessagePort;
  readonly #told: (Frame & { readonly session: string })[] = [];
  #saidTimes = 0;

  constructor(desk: ChatDesk) {
    this.#port = desk.openLink().port;
    this.#port.onmessage = ({ data }: MessageEvent<FromDesk>) => {
      if (data.kind !== "tell" && data.kind !== "answered") return;
      const { session, frame } = data;
      if (frame === undefined) return;
      this.#told.push({ session, ...v.parse(frameSchema, JSON.parse(frame)) });
    };
  }

  ask(request: ToDesk): void {
    this.#port.postMessage(request);
  }

  /** Comes into the room, under the name of the session that was there before or its own. */
  async join(session: string, room: string, former?: string): Promise<string[]> {
    const username = former ?? session;
    const address = "127.0.0.1";
    const how = { username, relay: false, history: 100, former, address };
    this.ask({ kind: "join", session, room, ...how });
    const { messages = [] } = await this.history(session, room);
    return messages.map(({ content }) => content);
  }

  /** What it was told of when it came in. */
  history(session: string, room: string): Promise<Frame> {
    return this.#hear(session, ({ type, room: told }) => type === "history" && told === room);
  }

  /** What the room has before a message. */
  async before(session: string, room: string, before: string): Promise<Frame> {
    this.ask({ kind: "history", session, room, id: before, limit: 100, before });
    return await this.#hear(session, ({ type, id }) => type === "history" && id === before);
  }

  /** Waits until the last of them is in the room. */
  async say(session: string, rooms: readonly string[], text: string): Promise<void> {
    const sayId = (room: string) => `${room} ${this.#saidTimes}`;
    this.#saidTimes += 1;
    for (const room of rooms) {
      this.ask({ kind: "say", session, room, id: sayId(room), content: { kind: "text", text } });
    }
    const last = sayId(rooms.at(-1) ?? "");
    await this.#hear(session, ({ type, id }) => type === "ack" && id === last);
  }

  #hear(session: string, isIt: (frame: Frame) => boolean): Promise<Frame> {
    return waitFor(
      `what ${session} is told`,
      () => this.#told.find((frame) => frame.session === session && isIt(frame)),
    );
  }
}

test("ChatDesk remembers 64 MB of what was said in all rooms, of those spoken in last", async () => {
  // 10,000 rooms of 512 KB each could fill the main isolate, for which workers were replaced.
  const desk = lonelyDesk();
  const end = new DeskEnd(desk);
  const rooms = Array.from({ length: ROOMS }, (_, n) => `room ${n}`);
  const histories: string[][] = [];
  for (let first = 0; first < ROOMS; first += CHAT_LIMITS.roomsMax) {
    const some = rooms.slice(first, first + CHAT_LIMITS.roomsMax);
    for (const room of some) await end.join(`speaker ${first}`, room);
    await end.say(`speaker ${first}`, some, LONG_TEXT);
  }
  for (const [n, room] of rooms.entries()) {
    histories.push(await end.join(`listener ${n}`, room));
  }
  const remembered = Math.floor(REMEMBERED_BYTES_MAX / LONG_TEXT_BYTES);
  assert.deepEqual(
    histories.map(({ length }) => length),
    rooms.map((_, n) => n < ROOMS - remembered ? 0 : 1),
  );
  await desk.close();
});

// A page that ends sooner than what the room remembers would have hidden the rest.
test("ChatDesk lets those who ask have all that a room remembers while the database is away", async () => {
  const desk = lonelyDesk();
  const end = new DeskEnd(desk);
  await end.join("ada", "lobby");
  for (let n = 0; n < 3; n += 1) await end.say("ada", ["lobby"], `${n}${"\x01".repeat(64_000)}`);
  await end.join("grace", "lobby");
  const pages = [await end.history("grace", "lobby")];
  for (let [page] = pages; page?.more; page = pages[0]) {
    pages.unshift(await end.before("grace", "lobby", page.messages?.[0]?.id ?? ""));
  }
  const starts = pages.map(({ messages }) => messages?.map(({ content }) => content[0]).join(""));
  assert.deepEqual(starts, ["0", "1", "2"]);
  await desk.close();
});

test("ChatDesk forgets a room that everybody has left, and none whose only member came back", async () => {
  const desk = lonelyDesk();
  const end = new DeskEnd(desk);
  await end.join("ada", "lobby");
  await end.say("ada", ["lobby"], "hello");
  assert.deepEqual(await end.join("ada again", "lobby", "ada"), ["hello"]);
  // She was in a room that nobody else could find, and could not say anything in it.
  await end.say("ada again", ["lobby"], "here again");
  assert.deepEqual(await end.join("grace", "lobby"), ["hello", "here again"]);
  for (const session of ["ada again", "grace"]) end.ask({ kind: "gone", session });
  assert.deepEqual(await end.join("joan", "lobby"), []);
  await desk.close();
});

test("ChatDesk gives the memory of rooms that everybody has left to the others", async () => {
  const desk = lonelyDesk();
  const end = new DeskEnd(desk);
  await end.join("ada", "lobby");
  await end.say("ada", ["lobby"], "hello");
  for (let n = 0; n < ROOMS; n += 1) {
    await end.join(`passer-by ${n}`, `room ${n}`);
    await end.say(`passer-by ${n}`, [`room ${n}`], LONG_TEXT);
    end.ask({ kind: "gone", session: `passer-by ${n}` });
  }
  assert.deepEqual(await end.join("grace", "lobby"), ["hello"]);
  await desk.close();
});
