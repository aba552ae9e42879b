import assert from "node:assert/strict";
import { ChatFixture } from "../../tests/support/chat_fixture.ts";
import {
  type ChatProtocolSession,
  wireId,
  wireSaid,
} from "../../tests/support/chat_protocol_server.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import type { ChatSaid } from "../session/chat_protocol.ts";

// What a dialogue makes of answers that come late, or never.

// A server that sends its pages as fast as they are read answered after more than 10 s. What was missed was
// given up as a gap, and the page then told as if it were the first history of the room.
Deno.test("ChatDialogue tells what was missed when it comes late, and what is said meanwhile after 10 s", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const second = await comeBack(fixture, clock, [wireSaid(1)]);
  second.history([wireSaid(4), wireSaid(5)], { more: true });
  const asked = await second.receive("history");
  second.send(wireSaid(6));
  await roundTrip(fixture, second);
  clock.advance(9999);
  assert.deepEqual(fixture.contents(), ["message 1"]);
  clock.advance(1);
  assert.deepEqual(fixture.contents(), ["message 1", "message 6"]);
  second.send(wireSaid(7));
  await fixture.heard(3);
  second.history([wireSaid(2), wireSaid(3)], { id: asked.id });
  const missed = [2, 3, 4, 5].map((position) => `message ${position}`);
  assert.deepEqual((await fixture.heard(7)).slice(1), ["message 6", "message 7", ...missed]);
  assert.deepEqual(fixture.said.map(({ origin, gap }) => [origin, gap]), [
    ["history", false],
    ["live", false],
    ["live", false],
    ["missed", false],
  ]);
  assert.deepEqual(fixture.faults.map(({ kind }) => kind), ["late"]);
});

// The server gives up a read that waited 10 s for its turn, a moment after the client had done so.
Deno.test("ChatDialogue asks again for what it missed when the server refuses it late", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const second = await comeBack(fixture, clock, [wireSaid(1)]);
  second.history([], { more: true });
  const asked = await second.receive("history");
  clock.advance(10_000);
  second.refuse(asked, "rate_limited");
  await roundTrip(fixture, second);
  clock.advance(1000);
  const again = await second.receive("history");
  second.history([wireSaid(2)], { id: again.id });
  await fixture.heard(2);
  assert.deepEqual(fixture.said.map(({ gap }) => gap), [false, false]);
});

// It was told as the room's first history, and older ones were then asked for from there.
Deno.test("ChatDialogue tells nobody of a page of older messages that comes when nobody waits for it", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const session = await fixture.joined([wireSaid(5)]);
  const reading = assert.rejects(
    fixture.client.older("lobby", { before: wireId(5) }),
    /must end within 10000 ms/,
  );
  const late = await session.receive("history");
  clock.advance(10_000);
  await reading;
  session.history([wireSaid(3), wireSaid(4)], { id: late.id, more: true });
  session.send(wireSaid(6));
  assert.deepEqual(await fixture.heard(2), ["message 5", "message 6"]);
  const again = fixture.client.older("lobby", { before: wireId(5) });
  const { id } = await session.receive("history");
  session.history([wireSaid(3), wireSaid(4)], { id });
  assert.deepEqual((await again).messages.map((said) => said.id), [wireId(3), wireId(4)]);
});

// Its timer went on: 10 s later what it had held back was told once more, and a fault with it. The server's
// refusal of the read was told as a fault too.
Deno.test("ChatDialogue reads no more for a room that was left, and joined again", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const second = await comeBack(fixture, clock, [wireSaid(1)]);
  second.history([wireSaid(4)], { more: true });
  const asked = await second.receive("history");
  second.send(wireSaid(5));
  await roundTrip(fixture, second);
  fixture.client.leave("lobby");
  await second.receive("leave");
  second.refuse(asked, "not_joined");
  fixture.client.join("lobby", { username: "ada" });
  await second.welcome([wireSaid(4), wireSaid(5)]);
  assert.deepEqual(await fixture.heard(3), ["message 1", "message 4", "message 5"]);
  clock.advance(10_000);
  assert.deepEqual(fixture.contents(), ["message 1", "message 4", "message 5"]);
  assert.deepEqual(fixture.faults, []);
});

// A read that was put off was asked for all the same, in a room that the client was no longer in.
Deno.test("ChatDialogue asks no more for what it put off in a room that was left", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const second = await comeBack(fixture, clock, [wireSaid(1)]);
  second.history([], { more: true });
  second.refuse(await second.receive("history"), "rate_limited");
  await roundTrip(fixture, second);
  fixture.client.leave("lobby");
  await second.receive("leave");
  fixture.client.join("lobby", { username: "ada" });
  await second.welcome([wireSaid(2)]);
  await fixture.heard(2);
  clock.advance(1000);
  const older = fixture.client.older("lobby", { before: wireId(2) });
  const { id, before } = await second.receive("history");
  assert.equal(before, wireId(2));
  second.history([], { id });
  await older;
});

// The client went on under a name that was no longer its own, and took its messages for another's.
Deno.test("ChatDialogue goes by a name that the server gave it late", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const session = await fixture.joined();
  const renaming = assert.rejects(fixture.client.rename("lobby", "Ada L."), /within 10000 ms/);
  const { id = "", username } = await session.receive("rename");
  clock.advance(10_000);
  await renaming;
  session.send({ type: "ack", id, room: "lobby", username });
  await waitFor("the name", async () => (await fixture.room("joined")).username === "Ada L.");
});

// One that the server never acknowledged held back all that was said in its room, for as long as the
// connection lived.
Deno.test("ChatDialogue says a message again, under its id and key, that was not acknowledged for 30 s", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const session = await fixture.joined();
  const { key } = fixture.client.say("lobby", "first");
  fixture.client.say("lobby", "second");
  const asked = await session.receive("message");
  await waitForAnswer(fixture, clock, session);
  const again = await session.receive("message");
  assert.deepEqual(again, asked);
  assert.equal(again.key, key);
  session.acknowledge(again, wireId(1));
  session.acknowledge(again, wireId(1));
  assert.equal((await session.receive("message")).content, "second");
  assert.equal((await fixture.settled(key)).phase, "sent");
});

// The server had no room for the copy, which waited behind the message itself: the acknowledgement then found
// nobody, and a whole file went out anew each second.
Deno.test("ChatDialogue goes on waiting for a message whose second copy is refused as too much", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const session = await fixture.joined();
  const { key } = fixture.client.say("lobby", "first");
  fixture.client.say("lobby", "second");
  const asked = await session.receive("message");
  await waitForAnswer(fixture, clock, session);
  session.refuse(await session.receive("message"), "rate_limited");
  await roundTrip(fixture, session);
  clock.advance(1000);
  session.acknowledge(asked, wireId(1));
  assert.equal((await session.receive("message")).content, "second");
  const status = await fixture.settled(key);
  assert.equal(status.phase === "sent" && status.id, wireId(1));
});

// Whoever had heard that the message was sent heard of a fault as well.
Deno.test("ChatDialogue tells nobody that the copy of an acknowledged message was refused", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const session = await fixture.joined();
  const { key } = fixture.client.say("lobby", "first");
  const asked = await session.receive("message");
  await waitForAnswer(fixture, clock, session);
  session.acknowledge(asked, wireId(1));
  await fixture.settled(key);
  session.refuse(await session.receive("message"), "rate_limited");
  await roundTrip(fixture, session);
  assert.deepEqual(fixture.faults, []);
});

Deno.test("ChatDialogue gives up a message that was never acknowledged, and says the next", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const session = await fixture.joined();
  const { key } = fixture.client.say("lobby", "first");
  fixture.client.say("lobby", "second");
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    assert.equal((await session.receive("message")).content, "first");
    await waitForAnswer(fixture, clock, session);
  }
  assert.equal((await session.receive("message")).content, "second");
  const status = await fixture.settled(key);
  assert.equal(status.phase === "failed" && status.message, "Cannot send: no attempt was answered");
});

// The late page had the same words of the same name, said by an earlier client: they were taken for this
// message, which was then told as sent before it was.
Deno.test("ChatDialogue takes no older message for one of its own that it says again", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const second = await comeBack(fixture, clock, [wireSaid(1)]);
  second.history([wireSaid(3)], { more: true });
  const page = await second.receive("history");
  const { key } = fixture.client.say("lobby", "ok");
  await second.receive("message");
  await waitForAnswer(fixture, clock, second);
  const again = await second.receive("message");
  second.history([wireSaid(2, { username: "ada", content: "ok" })], { id: page.id });
  assert.deepEqual((await fixture.heard(3)).slice(1), ["ok", "message 3"]);
  second.acknowledge(again, wireId(4));
  const status = await fixture.settled(key);
  assert.equal(status.phase === "sent" && status.id, wireId(4));
});

// Who waited to enter a room was told nothing, for as long as the connection lived.
Deno.test("ChatDialogue says that a join was not answered for 30 s, and goes on waiting", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  fixture.client.join("lobby");
  const session = await fixture.server.next();
  session.hello();
  const asked = await session.receive("join");
  await waitForAnswer(fixture, clock, session);
  const message = "Cannot join lobby yet: must be answered within 30000 ms";
  assert.deepEqual(fixture.faults, [{ kind: "late", code: "join_unanswered", message }]);
  session.let(asked);
  assert.equal((await fixture.room("joined")).username, "guest-1");
});

/** Joins the lobby, loses the connection, and is let in again; the history is the caller's to send. */
async function comeBack(
  fixture: ChatFixture,
  clock: FakeClock,
  known: ChatSaid[],
): Promise<ChatProtocolSession> {
  const first = await fixture.joined(known);
  first.close(1011, "server fault");
  await fixture.room("joining");
  clock.advance(0);
  const second = await fixture.server.next();
  second.hello();
  second.let(await second.receive("join"));
  return second;
}

/** Returns when the client has read all that was sent before. */
async function roundTrip({ client }: ChatFixture, session: ChatProtocolSession): Promise<void> {
  const asking = client.who("lobby");
  const { id } = await session.receive("presence");
  session.send({
    type: "presence",
    ...(id === undefined ? {} : { id }),
    room: "lobby",
    count: 0,
    users: [],
  });
  await asking;
}

/** Lets 30 s and a moment pass on a connection that shows signs of life. */
async function waitForAnswer(
  fixture: ChatFixture,
  clock: FakeClock,
  session: ChatProtocolSession,
): Promise<void> {
  for (const durationMs of [10_000, 10_000, 9900, 101]) {
    await roundTrip(fixture, session);
    clock.advance(durationMs);
  }
}
