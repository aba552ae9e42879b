import assert from "node:assert/strict";
import { ChatFixture } from "../../tests/support/chat_fixture.ts";
import { wireId, wireSaid } from "../../tests/support/chat_protocol_server.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { ChatClient } from "./chat_client.ts";

Deno.test("ChatClient joins its rooms and tells what was and is said there", async () => {
  await using fixture = new ChatFixture();
  fixture.client.join("lobby", { username: "ada", history: 5 });
  const session = await fixture.server.next();
  const asked = await session.greet([wireSaid(1)]);
  session.send(wireSaid(2));
  await fixture.heard(2);
  assert.deepEqual([asked.room, asked.username, asked.history], ["lobby", "ada", 5]);
  assert.deepEqual(fixture.said.map(({ origin, gap }) => [origin, gap]), [
    ["history", false],
    ["live", false],
  ]);
  assert.deepEqual(await fixture.room("joined"), { phase: "joined", username: "ada", kept: true });
});

Deno.test("ChatClient joins again after a lost connection and tells what it missed, once", async () => {
  await using fixture = new ChatFixture();
  const first = await fixture.joined([wireSaid(1), wireSaid(2)]);
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  const asked = await second.greet([wireSaid(2), wireSaid(3)]);
  second.send(wireSaid(3));
  second.send(wireSaid(4));
  assert.deepEqual(await fixture.heard(4), ["message 1", "message 2", "message 3", "message 4"]);
  assert.deepEqual([asked.after, asked.session, asked.username], [wireId(2), first.session, "ada"]);
  assert.deepEqual(fixture.said.map(({ origin }) => origin), ["history", "missed", "live"]);
});

Deno.test("ChatClient tells when the server refuses a message", async () => {
  await using fixture = new ChatFixture();
  const session = await fixture.joined();
  const message = fixture.client.say("lobby", "hello");
  session.refuse(await session.receive("message"), "not_joined");
  assert.deepEqual(await fixture.settled(message.key), {
    phase: "failed",
    code: "not_joined",
    message: "no: not_joined",
  });
});

Deno.test("ChatClient.say() fails at once for what can never be said", async () => {
  await using fixture = new ChatFixture();
  const { client } = fixture;
  assert.throws(() => client.say("lobby", "x"), /must have joined the room first/);
  await fixture.joined();
  assert.throws(() => client.say("lobby", ""), RangeError);
  assert.throws(() => client.say("lobby", "x".repeat(8001)), RangeError);
  assert.throws(() => client.say("lobby", "\u0007"), /must not contain control characters/);
  assert.throws(() => client.sendBinary("lobby", new Uint8Array(45_001)), /at most 45000 bytes/);
  assert.deepEqual(fixture.outgoing, []);
});

Deno.test("ChatClient.say() fails when too much waits already", async () => {
  await using fixture = new ChatFixture();
  const { client } = fixture;
  client.stop();
  client.join("lobby");
  for (let count = 0; count < 50; count += 1) client.say("lobby", "x");
  assert.throws(() => client.say("lobby", "x"), /at most 50 messages may wait, 50 do/);
});

Deno.test("ChatClient.sendBinary() sends bytes, and a file as large as the server allows", async () => {
  await using fixture = new ChatFixture();
  fixture.client.join("lobby", { username: "ada" });
  const session = await fixture.server.next();
  session.hello({ limits: { message_bytes: 8192 } });
  await session.welcome();
  await fixture.room("joined");
  assert.equal(fixture.client.fileBytesMax, 3072);
  fixture.client.sendBinary("lobby", new Uint8Array([104, 105]), {
    name: "a.txt",
    mediaType: "text/plain",
  });
  const asked = await session.receive("binary");
  assert.deepEqual([asked.data, asked.name, asked.media_type], ["aGk=", "a.txt", "text/plain"]);
  session.acknowledge(asked, wireId(1));
  fixture.client.sendBinary("lobby", new Uint8Array(3072), { name: "\u{1f600}".repeat(127) });
  assert.equal((await session.receive("binary")).data.length, 4096);
  assert.throws(() => fixture.client.say("lobby", "\u{1f600}".repeat(3000)), /at most 8192 bytes/);
});

Deno.test("ChatClient says so when a name is taken, and goes on under another", async () => {
  await using fixture = new ChatFixture();
  const first = await fixture.joined();
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  second.hello();
  second.refuse(await second.receive("join"), "username_taken");
  const { code, username } = await fixture.room("refused");
  assert.deepEqual([code, username, fixture.client.state.phase], ["username_taken", "ada", "live"]);
  fixture.client.join("lobby", { username: "ada2" });
  assert.equal((await second.welcome()).username, "ada2");
  assert.equal((await fixture.room("joined")).username, "ada2");
});

Deno.test("ChatClient.rename() resolves with the new name, and keeps it after a lost connection", async () => {
  await using fixture = new ChatFixture();
  const first = await fixture.joined();
  const renaming = fixture.client.rename("lobby", "Ada L.");
  const { id = "", username } = await first.receive("rename");
  first.send({ type: "ack", id, room: "lobby", username });
  assert.equal(await renaming, "Ada L.");
  assert.equal((await fixture.room("joined")).username, "Ada L.");
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  assert.equal((await second.greet()).username, "Ada L.");
});

Deno.test("ChatClient goes by the name that the server gives it when another has its own, and keeps it", async () => {
  await using fixture = new ChatFixture();
  const first = await fixture.joined();
  const said = { id: wireId(1), room: "lobby", timestamp: 1.5, content: "ada is now ada-2" };
  first.send({
    type: "message",
    kind: "system",
    event: "rename",
    username: "ada-2",
    old_username: "Ada",
    ...said,
  });
  await waitFor("the other name", async () => {
    return (await fixture.room("joined")).username === "ada-2";
  });
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  assert.equal((await second.greet()).username, "ada-2");
});

// A name that nobody had chosen was insisted on: when it was taken, the client stayed out of the room.
Deno.test("ChatClient takes any free name for one that the server gave it, and insists on one that it took", async () => {
  await using fixture = new ChatFixture();
  fixture.client.join("lobby");
  const first = await fixture.server.next();
  await first.greet();
  await fixture.room("joined");
  const said = { id: wireId(1), room: "lobby", timestamp: 1.5, content: "guest-1 is now guest-2" };
  const rename = { event: "rename", username: "guest-2", old_username: "guest-1" } as const;
  first.send({ type: "message", kind: "system", ...rename, ...said });
  await waitFor("the other name", async () => {
    return (await fixture.room("joined")).username === "guest-2";
  });
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  second.hello();
  second.refuse(await second.receive("join"), "username_taken");
  const again = await second.receive("join");
  assert.equal(again.username, undefined);
  second.let(again, "guest-3");
  const renaming = fixture.client.rename("lobby", "ada");
  const { id = "" } = await second.receive("rename");
  second.send({ type: "ack", id, room: "lobby", username: "ada" });
  await renaming;
  second.close(1011, "server fault");
  const third = await fixture.server.next();
  third.hello();
  third.refuse(await third.receive("join"), "username_taken");
  assert.equal((await fixture.room("refused")).username, "ada");
});

Deno.test("ChatClient.rename() rejects when the server refuses, and when the connection ends", async () => {
  await using fixture = new ChatFixture();
  const session = await fixture.joined();
  await assert.rejects(fixture.client.rename("lobby", "<img>"), RangeError);
  const taken = assert.rejects(fixture.client.rename("lobby", "grace"), /no: username_taken/);
  session.refuse(await session.receive("rename"), "username_taken");
  await taken;
  const cut = assert.rejects(fixture.client.rename("lobby", "bob"), /the connection has ended/);
  await session.receive("rename");
  session.close(1011, "server fault");
  await cut;
});

Deno.test("ChatClient.who() resolves with the names", async () => {
  await using fixture = new ChatFixture();
  const session = await fixture.joined();
  const asking = fixture.client.who("lobby");
  const { id } = await session.receive("presence");
  session.send({
    type: "presence",
    ...(id === undefined ? {} : { id }),
    room: "lobby",
    count: 2,
    users: ["ada", "grace"],
  });
  assert.deepEqual(await asking, { room: "lobby", count: 2, users: ["ada", "grace"] });
});

Deno.test("ChatClient.older() reads back page by page", async () => {
  await using fixture = new ChatFixture();
  const { client } = fixture;
  client.join("lobby");
  const session = await fixture.server.next();
  session.hello();
  session.let(await session.receive("join"));
  session.history([wireSaid(5)], { more: true });
  await fixture.heard(1);
  const reading = client.older("lobby", { limit: 2 });
  const asked = await session.receive("history");
  assert.deepEqual([asked.before, asked.limit], [wireId(5), 2]);
  session.history([wireSaid(3), wireSaid(4)], { id: asked.id, more: true });
  assert.equal((await reading).more, true);
  const last = client.older("lobby");
  const again = await session.receive("history");
  assert.equal(again.before, wireId(3));
  session.history([wireSaid(2)], { id: again.id });
  assert.deepEqual((await last).messages.map(({ id }) => id), [wireId(2)]);
  assert.deepEqual(await client.older("lobby"), { messages: [], more: false });
});

// A room that was joined as a heart with the sign for a picture was another to all that named it so.
Deno.test("ChatClient knows a room by every way in which its name may be written", async () => {
  await using fixture = new ChatFixture();
  const { client } = fixture;
  const pasted = " \u2764\ufe0f";
  assert.equal(client.join(pasted), "\u2764");
  const session = await fixture.server.next();
  session.hello();
  session.let(await session.receive("join"));
  session.history([wireSaid(5, { room: "\u2764" })], { room: "\u2764", more: true });
  await fixture.heard(1);
  const message = client.say(pasted, "hello");
  const asked = await session.receive("message");
  assert.deepEqual([message.room, asked.room], ["\u2764", "\u2764"]);
  assert.ok(client.hasOlder(pasted));
  const reading = client.older(pasted);
  const { before, id } = await session.receive("history");
  assert.equal(before, wireId(5));
  session.history([], { room: "\u2764", id });
  await reading;
  assert.ok(!client.hasOlder(pasted));
  client.leave(pasted);
  assert.deepEqual(client.rooms(), []);
});

Deno.test("ChatClient.leave() gives up what waits, and forgets the room", async () => {
  await using fixture = new ChatFixture();
  const session = await fixture.joined();
  const message = fixture.client.say("lobby", "hello");
  fixture.client.leave("lobby");
  await session.receive("leave");
  session.send(wireSaid(1));
  const status = await fixture.settled(message.key);
  assert.equal(status.phase === "failed" && status.message, "Cannot send: the room was left");
  assert.deepEqual([fixture.client.rooms(), fixture.contents()], [[], []]);
});

Deno.test("ChatClient.join() checks names and the number of rooms", () => {
  const client = new ChatClient({ url: "ws://127.0.0.1:1/chat" });
  assert.throws(() => client.join("a\u0000b"), /Cannot join: room: must have 1 to 64 printable/);
  assert.throws(() => client.join("lobby", { username: "<b>" }), /username: must have 1 to 32/);
  assert.throws(() => client.join("lobby", { history: 101 }), RangeError);
  for (let count = 0; count < 20; count += 1) client.join(`room ${count}`);
  assert.throws(() => client.join("one more"), /must be in 20 rooms at most/);
});

Deno.test("ChatClient counts malformed frames, ignores unknown ones, and goes on", async () => {
  await using fixture = new ChatFixture();
  const session = await fixture.joined();
  session.sendRaw("{");
  session.sendRaw('{"type":"typing","room":"lobby"}');
  session.sendRaw('{"type":"message","kind":"text"}');
  session.send(wireSaid(1, { room: "elsewhere" }));
  session.send(wireSaid(2));
  assert.deepEqual(await fixture.heard(1), ["message 2"]);
  assert.deepEqual(fixture.faults.map(({ kind }) => kind), ["malformed", "malformed"]);
});

Deno.test("ChatClient outlives a listener that throws, and reports it", async () => {
  await using fixture = new ChatFixture();
  const thrown = new Error("broken listener");
  fixture.client.on("said", () => {
    throw thrown;
  });
  const session = await fixture.joined();
  session.send(wireSaid(1));
  session.send(wireSaid(2));
  await fixture.heard(2);
  const [fault] = fixture.faults;
  assert.equal(fault?.kind === "listener" && fault.cause, thrown);
});

Deno.test("ChatClient waits as long as the closing server asked, and stops when told not to come back", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const first = await fixture.joined();
  first.send({ type: "closing", reason: "deploy", reconnect_after_ms: 4000 });
  first.send({ type: "heartbeat", server_time: 0 });
  first.close(1001, "server going away");
  await fixture.room("joining");
  clock.advance(3999);
  assert.equal(fixture.client.state.phase, "reconnecting");
  clock.advance(1);
  const second = await fixture.server.next();
  await second.greet();
  second.close(1008, "policy violation");
  await waitFor("the client to stop", () => fixture.client.state.phase === "stopped");
  assert.equal(fixture.server.attempts, 2);
});

Deno.test("ChatClient gives up a mute connection and comes back", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  await fixture.joined();
  clock.advance(12_500);
  await fixture.room("joining");
  clock.advance(0);
  await (await fixture.server.next()).greet();
  await fixture.room("joined");
});

Deno.test("ChatClient.untilLive() resolves when the server takes requests", async () => {
  await using fixture = new ChatFixture();
  const waiting = fixture.client.untilLive();
  fixture.client.join("lobby");
  const session = await fixture.server.next();
  await session.greet();
  await waiting;
  assert.equal(fixture.client.state.phase, "live");
});
