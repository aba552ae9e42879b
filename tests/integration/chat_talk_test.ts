import assert from "node:assert/strict";
import type { FromDesk } from "../../src/chat/desk_messages.ts";
import { MessageIds } from "../../src/chat/message_ids.ts";
import { Room, type Station } from "../../src/chat/room.ts";
import { Talk } from "../../src/chat/talk.ts";
import { ChatStore } from "../../src/db/chat_store.ts";
import { Database } from "../../src/db/client.ts";
import { testDatabase } from "../support/postgres.ts";
import { waitFor } from "../support/wait_for.ts";

/** A worker that keeps what its one session is told, and may fail to take what is said in the room. */
class Worker implements Station {
  readonly told: FromDesk[] = [];
  isBroken = false;

  post(message: FromDesk): void {
    if (this.isBroken && message.kind === "announce") throw new Error("a fault of the worker");
    this.told.push(message);
  }

  /** The answers to a request. */
  answers(id: number): Record<string, unknown>[] {
    const frames = this.told.flatMap((told) => "frame" in told ? [told.frame] : []);
    return frames.flatMap((frame) => frame === undefined ? [] : [JSON.parse(frame)])
      .filter((frame) => frame.id === id);
  }
}

/** A room with one who speaks and one who listens, by way of a worker each. */
class Stage implements AsyncDisposable {
  readonly speaker = new Worker();
  readonly listener = new Worker();
  readonly #room = new Room("lobby");
  readonly #database: Database;
  readonly #talk: Talk;
  isKept = false;

  constructor(url: string) {
    this.#database = new Database({ url, connectionsMax: 2, applicationName: "quotewire test" });
    this.#talk = new Talk(
      new ChatStore({ writes: this.#database, reads: this.#database }),
      new MessageIds(),
      { rooms: new Map([["lobby", this.#room]]), onKept: (kept) => this.isKept = kept },
      { saidRate: { perSecondMax: 2 ** 20, burstMax: 2 ** 20 }, sendBufferBytesMax: 2 ** 20 },
      undefined,
    );
    this.#room.put(memberAt("ada", this.speaker));
    this.#room.put(memberAt("grace", this.listener));
  }

  /** Says the same once more, and returns the answer. */
  async say(id: number): Promise<Record<string, unknown>> {
    const ada = memberAt("ada", this.speaker);
    const content = { kind: "text", text: "hello" } as const;
    this.#talk.say(this.#room, ada, { kind: "say", room: "lobby", id, content, key: "k" });
    return await waitFor("an answer", () => this.speaker.answers(id)[0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#talk.close();
    await this.#database.close();
  }
}

function memberAt(username: string, station: Worker) {
  return { session: username, username, station, relay: false, address: "192.0.2.1" };
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn });
}

// Whoever had said it waited for an answer for ever, with all that was to be said behind it.
test("Talk.say() refuses what it could not tell the room and did not keep, so that it is said again", async () => {
  await using stage = new Stage("postgres://nobody@127.0.0.1:1/nothing");
  stage.listener.isBroken = true;
  const { type, code } = await stage.say(1);
  assert.deepEqual([type, code], ["error", "rate_limited"]);
  stage.listener.isBroken = false;
  const again = await stage.say(2);
  assert.deepEqual([again["type"], again["stored"]], ["ack", false]);
  assert.equal(stage.speaker.answers(1).length, 1);
});

test("Talk.say() acknowledges what it kept, though it could not tell the room", async () => {
  await using database = await testDatabase();
  await using stage = new Stage(database.url);
  await waitFor("the history to be kept", () => stage.isKept);
  stage.listener.isBroken = true;
  const first = await stage.say(1);
  assert.deepEqual([first["type"], first["stored"]], ["ack", true]);
  const again = await stage.say(2);
  assert.equal(again["message"], first["message"]);
  assert.equal(stage.speaker.answers(1).length, 1);
});
