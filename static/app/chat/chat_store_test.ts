/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import {
  ChatProtocolServer,
  wireId,
  wireSaid,
} from "../../../tests/support/chat_protocol_server.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { ChatClient, type ChatSaid } from "../../../src/client/chat_client.ts";
import type { SpokenLine } from "./chat_line.ts";
import { ChatStore } from "./chat_store.ts";
import type { RoomStore } from "./room_store.ts";

// A room store is seen here through the chat store that it belongs to.

Deno.test("ChatStore connects when a name was chosen, and remembers name and rooms", async () => {
  await using setup = new Setup();
  const { chat } = setup;
  chat.start();
  assert.equal(setup.client.state.phase, "stopped");
  assert.equal(chat.join("desk 7"), undefined);
  assert.equal(await chat.choose(" Ada "), undefined);
  const session = await setup.server.next();
  session.hello();
  assert.deepEqual([await session.welcome(), await session.welcome()].map(({ room }) => room), [
    "lobby",
    "desk 7",
  ]);
  assert.deepEqual(JSON.parse(setup.stored), { username: "Ada", rooms: ["lobby", "desk 7"] });
});

Deno.test("ChatStore refuses names and rooms that are not allowed", async () => {
  await using setup = new Setup();
  assert.match(await setup.chat.choose("<img>") ?? "", /^The name must have 1 to 32/);
  assert.match(setup.chat.join("\u0000") ?? "", /^Cannot join: the name must have/);
  for (let count = 1; count < 20; count += 1) setup.chat.join(`room ${count}`);
  assert.match(setup.chat.join("one more") ?? "", /20 rooms at most/);
  assert.equal(setup.chat.rooms.value.length, 20);
  assert.equal(setup.chat.current.value?.name, "room 19");
});

Deno.test("ChatStore counts as unread what others say where nobody looks", async () => {
  await using setup = new Setup();
  const session = await setup.joined([wireSaid(1)]);
  session.send(wireSaid(2));
  session.send(wireSaid(3));
  await waitFor("two unread", () => setup.chat.unread.value === 2);
  setup.chat.open();
  assert.equal(setup.chat.unread.value, 0);
  session.send(wireSaid(4));
  await waitFor("the message", () => setup.texts().length === 4);
  assert.equal(setup.chat.unread.value, 0);
});

Deno.test("ChatStore keeps the name when another one is refused", async () => {
  await using setup = new Setup();
  const session = await setup.joined();
  const choosing = setup.chat.choose("Grace");
  session.refuse(await session.receive("rename"), "username_taken");
  assert.equal(await choosing, "no: username_taken");
  assert.equal(setup.chat.username.value, "Ada");
});

Deno.test("ChatStore does not remember a name that stands in for one that is taken", async () => {
  await using setup = new Setup();
  await setup.chat.choose("Ada");
  const session = await setup.server.next();
  session.hello();
  session.refuse(await session.receive("join"), "username_taken");
  await waitFor("the refusal", () => setup.room.state.value.phase === "refused");
  await setup.chat.choose("Ada-2", { isStandIn: true });
  assert.equal((await session.welcome()).username, "Ada-2");
  assert.equal(JSON.parse(setup.stored).username, "Ada");
});

Deno.test("RoomStore shows the user's own messages in their place once they were heard", async () => {
  await using setup = new Setup();
  const session = await setup.joined([wireSaid(1)]);
  setup.room.say("mine");
  const asked = await session.receive("message");
  session.send(wireSaid(5));
  await waitFor("the message", () => setup.texts().length === 3);
  assert.deepEqual(setup.texts(), ["message 1", "message 5", "mine"]);
  session.acknowledge(asked, wireId(3));
  await waitFor("the answer", () => setup.spoken()[1]?.isOwn);
  assert.deepEqual(setup.texts(), ["message 1", "mine", "message 5"]);
});

Deno.test("RoomStore.retry() says again what has failed, and discard() takes it away", async () => {
  await using setup = new Setup();
  const session = await setup.joined();
  setup.room.say("mine");
  const first = await session.receive("message");
  session.refuse(first, "not_joined");
  const failed = await waitFor("the failure", () => {
    return setup.spoken().find(({ status }) => status?.phase === "failed");
  });
  setup.room.retry(failed);
  assert.equal((await session.receive("message")).key, first.key);
  assert.equal(setup.spoken()[0]?.status?.phase, "pending");
  setup.room.discard(failed.key);
  assert.deepEqual(setup.texts(), []);
});

// A file that was sent again had lost its type.
Deno.test("RoomStore.retry() sends a file again as what it is", async () => {
  await using setup = new Setup();
  const session = await setup.joined();
  await setup.room.sendFile(new File(["{}"], "a.json", { type: "application/json" }));
  const first = await session.receive("binary");
  session.refuse(first, "not_joined");
  const failed = await waitFor("the failure", () => {
    return setup.spoken().find(({ status }) => status?.phase === "failed");
  });
  setup.room.retry(failed);
  const { id: _, ...again } = await session.receive("binary");
  const { id: __, ...asked } = first;
  assert.deepEqual(again, asked);
});

// Where nothing of it could be read there was no line to put the notice before, and none was shown.
Deno.test("RoomStore says that messages are missing of which none could be read, behind what is known", async () => {
  await using setup = new Setup();
  const first = await setup.joined([wireSaid(1)]);
  first.close(1011, "server fault");
  const second = await setup.server.next();
  second.hello();
  second.let(await second.receive("join"));
  second.history([], { more: true });
  const asked = await second.receive("history");
  second.send(wireSaid(5));
  second.refuse(asked, "not_joined");
  await waitFor("what was said", () => setup.texts().length === 2);
  const lines = setup.room.lines.value.map((line) => line.kind === "notice" ? line.text : line.id);
  assert.deepEqual(lines, [wireId(1), "Some messages before this could not be read", wireId(5)]);
});

Deno.test("RoomStore.sendFile() says why a file cannot be sent", async () => {
  await using setup = new Setup();
  await setup.joined();
  await setup.room.sendFile(new File([new Uint8Array(50_000)], "a.bin"));
  assert.equal(
    setup.room.problem.value,
    "Cannot send a.bin: must have 45 KB at most, has 50 KB",
  );
});

Deno.test("RoomStore shows messages of the user from another page as the user's own", async () => {
  await using setup = new Setup();
  await setup.joined([wireSaid(1, { username: "ADA" }), wireSaid(2)]);
  assert.deepEqual(setup.spoken().map(({ isOwn }) => isOwn), [true, false]);
});

/** A store whose server the test plays. */
class Setup implements AsyncDisposable {
  readonly server = new ChatProtocolServer();
  readonly client = new ChatClient({ url: this.server.url, random: () => 0 });
  stored = "";
  readonly chat = new ChatStore(this.client, {
    getItem: () => null,
    setItem: (_key, text) => this.stored = text,
  });

  get room(): RoomStore {
    const room = this.chat.current.value;
    assert.ok(room !== undefined);
    return room;
  }

  /** Joins the lobby as Ada. */
  async joined(messages: ChatSaid[] = []) {
    await this.chat.choose("Ada");
    const session = await this.server.next();
    await session.greet(messages);
    await waitFor("the lobby", () => this.room.presence.value.count === 1);
    return session;
  }

  spoken(): SpokenLine[] {
    return this.room.lines.value.filter((line) => line.kind === "spoken");
  }

  texts(): string[] {
    return this.spoken().map(({ body }) => body.kind === "text" ? body.text : body.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.stop();
    await this.server.close();
  }
}
