import assert from "node:assert/strict";
import { ChatFixture } from "../../tests/support/chat_fixture.ts";
import {
  type ChatProtocolSession,
  wireId,
  wireSaid,
} from "../../tests/support/chat_protocol_server.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { waitFor } from "../../tests/support/wait_for.ts";

// A dialogue is seen here through the client that it serves, over real sockets.

Deno.test("ChatDialogue reads back until it has all that it missed, before it tells any of it", async () => {
  await using fixture = new ChatFixture();
  const first = await fixture.joined([wireSaid(1)]);
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  second.hello();
  second.let(await second.receive("join"));
  second.history([wireSaid(4), wireSaid(5)], { more: true });
  second.send(wireSaid(6));
  const asked = await second.receive("history");
  assert.deepEqual([asked.before, asked.after], [wireId(4), wireId(1)]);
  second.history([wireSaid(2), wireSaid(3)], { id: asked.id });
  assert.deepEqual((await fixture.heard(6)).slice(1), [
    "message 2",
    "message 3",
    "message 4",
    "message 5",
    "message 6",
  ]);
  assert.deepEqual(fixture.said.map(({ origin }) => origin), ["history", "missed", "live"]);
});

Deno.test("ChatDialogue says that there is a gap when what it missed cannot be read", async () => {
  await using fixture = new ChatFixture();
  const first = await fixture.joined([wireSaid(1)]);
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  second.hello();
  second.let(await second.receive("join"));
  second.history([wireSaid(9)], { more: true });
  second.refuse(await second.receive("history"), "not_joined");
  await fixture.heard(2);
  assert.deepEqual(fixture.said.map(({ gap }) => gap), [false, true]);
});

Deno.test("ChatDialogue asks again for what it missed when too many ask at once", async () => {
  // It took what it had missed for lost, and never asked for it again.
  await using fixture = new ChatFixture();
  const first = await fixture.joined([wireSaid(1)]);
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  second.hello();
  second.let(await second.receive("join"));
  second.history([], { more: true });
  second.refuse(await second.receive("history"), "rate_limited");
  const again = await second.receive("history");
  assert.equal(again.after, wireId(1));
  second.history([wireSaid(2)], { id: again.id });
  await fixture.heard(2);
  assert.deepEqual(fixture.said.map(({ gap }) => gap), [false, false]);
});

Deno.test("ChatDialogue says what it could not say before, under the same key, when it is back", async () => {
  await using fixture = new ChatFixture();
  const first = await fixture.joined();
  const message = fixture.client.say("lobby", "hello");
  const lost = await first.receive("message");
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  await second.greet();
  const repeated = await second.receive("message");
  assert.deepEqual([repeated.key, repeated.content], [lost.key, "hello"]);
  second.acknowledge(repeated, wireId(7));
  assert.deepEqual(await fixture.settled(message.key), {
    phase: "sent",
    id: wireId(7),
    timestamp: 1.5,
    stored: true,
  });
  assert.deepEqual(fixture.outgoing.map(({ status }) => status.phase), ["pending", "sent"]);
});

Deno.test("ChatDialogue does not tell of its own message that was said though the answer was lost", async () => {
  await using fixture = new ChatFixture();
  const first = await fixture.joined();
  const message = fixture.client.say("lobby", "hello");
  await first.receive("message");
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  await second.greet([wireSaid(1, { username: "ada", content: "hello" }), wireSaid(2)]);
  await fixture.heard(1);
  assert.deepEqual(fixture.contents(), ["message 2"]);
  const status = await fixture.settled(message.key);
  assert.equal(status.phase === "sent" && status.id, wireId(1));
  second.acknowledge(await second.receive("message"), wireId(1));
  second.send(wireSaid(3));
  await fixture.heard(2);
  assert.equal(fixture.outgoing.length, 2);
});

Deno.test("ChatDialogue does not tell of its own message that the server had yet to keep when it came back", async () => {
  // Said on a connection that broke, it was still on its way into the history when the next one joined: the
  // server then told it to the room, that client included, who took it for somebody else's.
  await using fixture = new ChatFixture();
  const first = await fixture.joined();
  const message = fixture.client.say("lobby", "hello");
  await first.receive("message");
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  await second.greet();
  const repeated = await second.receive("message");
  second.send(wireSaid(1, { username: "ada", content: "hello" }));
  second.acknowledge(repeated, wireId(1));
  second.send(wireSaid(2));
  await fixture.heard(1);
  assert.deepEqual(fixture.contents(), ["message 2"]);
  const status = await fixture.settled(message.key);
  assert.equal(status.phase === "sent" && status.id, wireId(1));
});

Deno.test("ChatDialogue holds back what is said before it is in the room", async () => {
  await using fixture = new ChatFixture();
  fixture.client.join("lobby");
  fixture.client.say("lobby", "first");
  fixture.client.say("lobby", "second");
  const session = await fixture.server.next();
  session.hello();
  const asked = await session.receive("join");
  session.let(asked, "guest-7f3a");
  const first = await session.receive("message");
  session.acknowledge(first, wireId(1));
  assert.deepEqual([first.content, (await session.receive("message")).content], [
    "first",
    "second",
  ]);
  assert.equal((await fixture.room("joined")).username, "guest-7f3a");
});

Deno.test("ChatDialogue says again what came too fast", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const session = await fixture.joined();
  const message = fixture.client.say("lobby", "hello");
  session.refuse(await session.receive("message"), "rate_limited");
  session.send(wireSaid(1));
  await fixture.heard(1);
  clock.advance(1000);
  session.acknowledge(await session.receive("message"), wireId(2), false);
  const status = await fixture.settled(message.key);
  assert.equal(status.phase === "sent" && status.stored, false);
});

// What had been refused was sent again at once when something else was said: 45 files took 49 MB.
Deno.test("ChatDialogue says nothing for a second after something that came too fast, then all in order", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const session = await fixture.joined();
  fixture.client.say("lobby", "first");
  session.refuse(await session.receive("message"), "rate_limited");
  session.send(wireSaid(1));
  await fixture.heard(1);
  fixture.client.say("lobby", "second");
  const who = fixture.client.who("lobby");
  const { id } = await session.receive("presence");
  session.send({ type: "presence", id, room: "lobby", count: 1, users: ["guest-1"] });
  assert.equal((await who).count, 1);
  clock.advance(1000);
  const first = await session.receive("message");
  session.acknowledge(first, wireId(2));
  assert.deepEqual([first.content, (await session.receive("message")).content], [
    "first",
    "second",
  ]);
});

// All was sent at once, and where the server had room for less than a file a text behind it passed.
Deno.test("ChatDialogue says nothing in a room before it knows what became of the message before", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const session = await fixture.joined();
  fixture.client.sendBinary("lobby", new Uint8Array(40_000), { name: "large" });
  for (const text of ["small", "last"]) fixture.client.say("lobby", text);
  const file = await session.receive("binary");
  const who = fixture.client.who("lobby");
  const { id } = await session.receive("presence");
  session.send({ type: "presence", id, room: "lobby", count: 1, users: ["guest-1"] });
  await who;
  session.refuse(file, "rate_limited");
  session.send(wireSaid(1));
  await fixture.heard(1);
  clock.advance(1000);
  session.acknowledge(await session.receive("binary"), wireId(2));
  const small = await session.receive("message");
  assert.equal(small.content, "small");
  session.refuse(small, "forbidden");
  assert.equal((await session.receive("message")).content, "last");
});

Deno.test("ChatDialogue takes another free name when the one that the server chose is taken", async () => {
  await using fixture = new ChatFixture();
  fixture.client.join("lobby");
  const first = await fixture.server.next();
  await first.greet();
  await fixture.room("joined");
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  second.hello();
  const asked = await second.receive("join");
  assert.equal(asked.username, "guest-1");
  second.refuse(asked, "username_taken");
  const again = await second.receive("join");
  assert.equal(again.username, undefined);
  second.let(again, "guest-2");
  assert.equal((await fixture.room("joined")).username, "guest-2");
});

Deno.test("ChatDialogue tries every session that may hold its name still", async () => {
  await using fixture = new ChatFixture();
  const first = await fixture.joined();
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  second.hello();
  await second.receive("join");
  second.close(1011, "server fault");
  const third = await fixture.server.next();
  third.hello();
  const asked = await third.receive("join");
  third.refuse(asked, "username_taken");
  const again = await third.receive("join");
  assert.deepEqual([asked.session, again.session], [second.session, first.session]);
});

Deno.test("ChatDialogue takes over the name of an earlier client", async () => {
  const formerSession = crypto.randomUUID();
  await using fixture = new ChatFixture({ formerSession });
  fixture.client.join("lobby", { username: "ada" });
  const session = await fixture.server.next();
  assert.equal((await session.greet()).session, formerSession);
  assert.equal(fixture.client.sessionId, session.session);
});

Deno.test("ChatDialogue reads what it could not read while the history was off", async () => {
  await using fixture = new ChatFixture();
  const first = await fixture.joined([wireSaid(1)]);
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  second.hello();
  second.let(await second.receive("join"));
  second.history([], { kept: false });
  await waitFor("the history to be off", async () => !(await fixture.room("joined")).kept);
  second.send(wireSaid(5));
  await fixture.heard(2);
  second.system("history_on");
  const asked = await second.receive("history");
  assert.equal(asked.after, wireId(1));
  second.history([wireSaid(2), wireSaid(5)], { id: asked.id });
  assert.deepEqual(await fixture.heard(3), ["message 1", "message 5", "message 2"]);
  assert.equal((await fixture.room("joined")).kept, true);
});

// It waited for ever, and so did what was said behind it.
Deno.test("ChatDialogue gives up a message whose acknowledgement does not say what became of it", async () => {
  await using fixture = new ChatFixture();
  const session = await fixture.joined();
  const { key } = fixture.client.say("lobby", "first");
  fixture.client.say("lobby", "second");
  const { id = "" } = await session.receive("message");
  session.send({ type: "ack", id, room: "lobby" });
  assert.equal((await session.receive("message")).content, "second");
  const status = await fixture.settled(key);
  assert.match(status.phase === "failed" ? status.message : "", /must say its id and time/);
});

// The first was taken for the second, which was then told as sent and was not.
Deno.test("ChatDialogue says the same words twice that were said twice, though the connection broke between", async () => {
  await using fixture = new ChatFixture();
  const first = await fixture.joined();
  fixture.client.say("lobby", "ok");
  first.acknowledge(await first.receive("message"), wireId(1));
  const { key } = fixture.client.say("lobby", "ok");
  await first.receive("message");
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  second.hello();
  second.let(await second.receive("join"));
  const repeated = await second.receive("message");
  second.history([wireSaid(1, { username: "ada", content: "ok" }), wireSaid(2)]);
  await fixture.heard(1);
  second.acknowledge(repeated, wireId(3));
  const status = await fixture.settled(key);
  assert.equal(status.phase === "sent" && status.id, wireId(3));
});

// The page was taken for the room's first history after the stop: what had been missed before it was never
// asked for again.
Deno.test("ChatDialogue asks again for the page in the middle of which a listener stops the client", async () => {
  await using fixture = new ChatFixture();
  const second = await repeats(fixture);
  const stopped = onSent(fixture, () => fixture.client.stop());
  second.history([wireSaid(3, { username: "ada", content: "hello" }), wireSaid(4)], { more: true });
  await stopped;
  assert.deepEqual(fixture.contents(), ["message 1"]);
  fixture.client.start();
  const third = await fixture.server.next();
  const { after } = await third.greet([wireSaid(2), wireSaid(4)]);
  assert.equal(after, wireId(1));
  assert.deepEqual((await fixture.heard(3)).slice(1), ["message 2", "message 4"]);
  assert.deepEqual(fixture.said.map(({ origin }) => origin), ["history", "missed"]);
});

Deno.test("ChatDialogue tells nothing of a room any more that a listener leaves in the middle of a page", async () => {
  await using fixture = new ChatFixture();
  const second = await repeats(fixture);
  const left = onSent(fixture, () => fixture.client.leave("lobby"));
  second.history([wireSaid(3, { username: "ada", content: "hello" }), wireSaid(4)]);
  await left;
  assert.deepEqual(fixture.contents(), ["message 1"]);
});

Deno.test("ChatDialogue joins no room again that a listener leaves while it joins another", async () => {
  // It went on with the rooms that there had been: the server had the client in a room that it did not know.
  await using fixture = new ChatFixture();
  const { client } = fixture;
  const first = await fixture.joined();
  client.join("desk");
  await first.welcome();
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  client.on("room", ({ room, state }) => {
    if (room === "lobby" && state.phase === "joining") client.leave("desk");
  });
  second.hello();
  await second.welcome();
  await fixture.room("joined");
  client.join("end");
  assert.equal((await second.receive("join")).room, "end");
});

// It took note of a read that it could not ask for, and forgot where it had to go on.
Deno.test("ChatDialogue asks later for what it could not read, when a listener stops it as the history is back", async () => {
  await using fixture = new ChatFixture();
  const first = await fixture.joined([wireSaid(1)]);
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  second.hello();
  second.let(await second.receive("join"));
  second.history([], { kept: false });
  second.send(wireSaid(5));
  await fixture.heard(2);
  const stopped = new Promise<void>((resolve) => {
    fixture.client.on("system", () => {
      fixture.client.stop();
      queueMicrotask(resolve);
    });
  });
  second.system("history_on");
  await stopped;
  fixture.client.start();
  const third = await fixture.server.next();
  assert.equal((await third.greet()).after, wireId(1));
});

/** Says hello, which is not acknowledged, and says it again on a second connection, whose history is to come. */
async function repeats(fixture: ChatFixture): Promise<ChatProtocolSession> {
  const first = await fixture.joined([wireSaid(1)]);
  fixture.client.say("lobby", "hello");
  await first.receive("message");
  first.close(1011, "server fault");
  const second = await fixture.server.next();
  second.hello();
  second.let(await second.receive("join"));
  await second.receive("message");
  return second;
}

/** Does something as soon as a message was sent, and resolves when the client has gone on from there. */
async function onSent({ client }: ChatFixture, act: () => void): Promise<void> {
  await new Promise<void>((resolve) => {
    client.on("outgoing", ({ status }) => {
      if (status.phase !== "sent") return;
      act();
      queueMicrotask(resolve);
    });
  });
}
