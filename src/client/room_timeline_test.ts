import assert from "node:assert/strict";
import { wireId, wireSaid } from "../../tests/support/chat_protocol_server.ts";
import type { ChatFrame, ChatSaid } from "../session/chat_protocol.ts";
import { RoomTimeline, type SaidBatch } from "./room_timeline.ts";

Deno.test("RoomTimeline shows no history that was not asked for, but knows where the room stands", () => {
  const timeline = new RoomTimeline(0);
  assert.deepEqual(timeline.join(), { history: 1 });
  assert.deepEqual(timeline.history(history([wireSaid(7)], { more: true })).batches, []);
  timeline.lost();
  assert.deepEqual(timeline.join(), { history: 100, after: wireId(7) });
  assert.deepEqual([timeline.oldestId, timeline.olderExist], [undefined, true]);
});

Deno.test("RoomTimeline takes everything for missed that was said in a room that was empty", () => {
  const timeline = joined([]);
  timeline.lost();
  assert.deepEqual(timeline.join(), { history: 100 });
  const { batches } = timeline.history(history([wireSaid(1), wireSaid(2)]));
  assert.deepEqual(told(batches), [["missed", 1, 2]]);
});

Deno.test("RoomTimeline gives up after 500 missed messages, and says that there is a gap", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.lost();
  timeline.join();
  let pages = 0;
  let position = 10_000;
  let batches: readonly SaidBatch[] = [];
  for (let reading = true; reading; pages += 1) {
    position -= 100;
    const page = Array.from({ length: 100 }, (_, index) => wireSaid(position + index));
    const step = timeline.history(history(page, { more: true }));
    batches = step.batches;
    reading = step.read !== undefined;
  }
  assert.equal(pages, 5);
  assert.deepEqual(batches.map(({ messages, gap }) => [messages.length, gap]), [[500, true]]);
  assert.equal(batches[0]?.messages[0]?.id, wireId(9500));
});

Deno.test("RoomTimeline has caught up at a page of its own messages of the last connection", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.own(wireId(2));
  timeline.own(wireId(3));
  timeline.lost();
  timeline.join();
  const step = timeline.history(history([wireSaid(2), wireSaid(3)], { more: true }));
  assert.deepEqual(step, { batches: [] });
});

Deno.test("RoomTimeline does not lose what another said before the client's own last message", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.own(wireId(3));
  timeline.lost();
  assert.equal(timeline.join().after, wireId(1));
  const { batches } = timeline.history(history([wireSaid(2), wireSaid(3)]));
  assert.deepEqual(told(batches), [["missed", 2]]);
});

Deno.test("RoomTimeline tells what it held back when the connection ends, and catches up later", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.lost();
  timeline.join();
  timeline.history(history([wireSaid(4)], { more: true }));
  assert.deepEqual(timeline.live(wireSaid(5)), []);
  assert.deepEqual(told(timeline.lost()), [["live", 5]]);
  assert.equal(timeline.join().after, wireId(1));
  const page = [2, 3, 4, 5].map((position) => wireSaid(position));
  // 4 was received before, but never told.
  assert.deepEqual(told(timeline.history(history(page)).batches), [["missed", 2, 3, 4]]);
  timeline.lost();
  assert.equal(timeline.join().after, wireId(5));
});

Deno.test("RoomTimeline does not hold back for ever what is said while it reads", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.lost();
  timeline.join();
  const batches: SaidBatch[] = [];
  for (let position = 10; batches.length === 0; position += 1) {
    batches.push(...timeline.live(wireSaid(position)));
  }
  assert.deepEqual(batches.map(({ origin, gap, messages }) => [origin, gap, messages.length]), [
    ["live", false, 201],
  ]);
});

// The page was told as if it were the first history of the room, and older messages were read from there.
Deno.test("RoomTimeline tells what was missed after what it could hold back no longer", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.lost();
  timeline.join();
  timeline.live(wireSaid(6));
  assert.deepEqual(told(timeline.overdue()), [["live", 6]]);
  assert.deepEqual(told(timeline.live(wireSaid(7))), [["live", 7]]);
  const { batches } = timeline.history(history([wireSaid(2), wireSaid(3), wireSaid(6)]));
  assert.deepEqual(told(batches), [["missed", 2, 3]]);
  assert.deepEqual([timeline.oldestId, timeline.olderExist], [wireId(1), false]);
  timeline.lost();
  assert.equal(timeline.join().after, wireId(7));
});

Deno.test("RoomTimeline asks on the next connection for what it missed and did not get on this one", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.lost();
  timeline.join();
  timeline.history(history([wireSaid(4)], { more: true }));
  timeline.live(wireSaid(5));
  timeline.overdue();
  timeline.lost();
  assert.equal(timeline.join().after, wireId(1));
  const page = [2, 3, 4, 5].map((position) => wireSaid(position));
  assert.deepEqual(told(timeline.history(history(page)).batches), [["missed", 2, 3, 4]]);
});

// A page of what had been told while the last connection lived was taken for all that there was.
Deno.test("RoomTimeline reads past what it was told before it could catch up", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.lost();
  timeline.join();
  timeline.history(history([wireSaid(4)], { more: true }));
  timeline.live(wireSaid(5));
  timeline.live(wireSaid(6));
  assert.deepEqual(told(timeline.lost()), [["live", 5, 6]]);
  timeline.join();
  const { batches, read } = timeline.history(history([wireSaid(5), wireSaid(6)], { more: true }));
  assert.deepEqual([batches, read], [[], { limit: 100, after: wireId(1), before: wireId(5) }]);
  const page = [2, 3, 4].map((position) => wireSaid(position));
  assert.deepEqual(told(timeline.history(history(page)).batches), [["missed", 2, 3, 4]]);
});

Deno.test("RoomTimeline reads ten pages at most of what it was told before it could catch up", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.lost();
  timeline.join();
  timeline.live(wireSaid(5));
  timeline.lost();
  timeline.join();
  const page = history([wireSaid(5)], { more: true });
  for (let pages = 1; pages < 10; pages += 1) {
    assert.ok(timeline.history(page).read, `page ${pages}`);
  }
  const { batches, read } = timeline.history(page);
  assert.deepEqual([batches.map(({ gap }) => gap), read], [[true], undefined]);
});

// A page of what had come live since the join was taken for the end of what was missed: the rest was lost
// without a gap, and never asked for again.
Deno.test("RoomTimeline reads past what came live while it catches up", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.lost();
  timeline.join();
  timeline.history(history([], { more: true }));
  for (const position of [5, 6]) timeline.live(wireSaid(position));
  const { batches, read } = timeline.history(history([wireSaid(5), wireSaid(6)], { more: true }));
  assert.deepEqual([batches, read], [[], { limit: 100, after: wireId(1), before: wireId(5) }]);
  const page = [2, 3, 4].map((position) => wireSaid(position));
  assert.deepEqual(told(timeline.history(history(page)).batches), [
    ["missed", 2, 3, 4],
    ["live", 5, 6],
  ]);
});

// As above, where so much was said that it could not be held back.
Deno.test("RoomTimeline reads past what it told because it could hold back no more", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.lost();
  timeline.join();
  const live = Array.from({ length: 210 }, (_, index) => wireSaid(1000 + index));
  for (const said of live) timeline.live(said);
  const { batches, read } = timeline.history(history(live.slice(-100), { more: true }));
  assert.deepEqual([batches, read?.before], [[], wireId(1110)]);
});

// The acknowledgement of a file of its own came before the page, which had room for nothing else: what
// others had said before it was lost without a gap.
Deno.test("RoomTimeline reads past a message of its own that was acknowledged while it catches up", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.own(wireId(2));
  timeline.lost();
  timeline.join();
  timeline.own(wireId(9));
  const { batches, read } = timeline.history(history([wireSaid(9)], { more: true }));
  assert.deepEqual([batches, read?.before], [[], wireId(9)]);
  const page = [2, 3, 4].map((position) => wireSaid(position));
  assert.deepEqual(told(timeline.history(history(page)).batches), [["missed", 3, 4]]);
});

// What had been missed before the history was off was never asked for once the connection broke again.
Deno.test("RoomTimeline asks on the next connection for what the server could not read on this one", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.lost();
  timeline.join();
  timeline.history(history([], { kept: false }));
  timeline.live(wireSaid(5));
  timeline.lost();
  assert.equal(timeline.join().after, wireId(1));
  const page = [2, 3, 5].map((position) => wireSaid(position));
  assert.deepEqual(told(timeline.history(history(page)).batches), [["missed", 2, 3]]);
  timeline.lost();
  assert.equal(timeline.join().after, wireId(5));
});

// A server that always says so was asked as fast as it answered, without end.
Deno.test("RoomTimeline asks ten times at most a server that never reads what there is", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.lost();
  timeline.join();
  let asked = 0;
  while (timeline.history(history([], { more: true })).read !== undefined && asked < 20) asked += 1;
  assert.equal(asked, 9);
});

Deno.test("RoomTimeline shows the history of a first join when the server can read it again", () => {
  const timeline = new RoomTimeline(50);
  timeline.join();
  timeline.history(history([], { kept: false }));
  assert.deepEqual(timeline.readable(), { limit: 50 });
  assert.deepEqual(told(timeline.history(history([wireSaid(1)])).batches), [["history", 1]]);
  assert.equal(timeline.readable(), undefined);
});

// A server to which too many came back at once could not read what there was: it was taken for nothing.
Deno.test("RoomTimeline asks for what the server did not read when it let the client in", () => {
  const timeline = joined([wireSaid(1)]);
  timeline.lost();
  timeline.join();
  const { batches, read } = timeline.history(history([], { more: true }));
  assert.deepEqual([batches, read], [[], { limit: 100, after: wireId(1) }]);
  assert.deepEqual(told(timeline.history(history([wireSaid(2)])).batches), [["missed", 2]]);
});

// The room looked empty, and what had been said in it came later as if it had been missed.
Deno.test("RoomTimeline asks once for what the server did not read when it first let the client in", () => {
  const timeline = new RoomTimeline(50);
  timeline.join();
  assert.deepEqual(timeline.history(history([], { more: true })), {
    batches: [],
    read: { limit: 50 },
  });
  assert.deepEqual(told(timeline.history(history([wireSaid(1)])).batches), [["history", 1]]);
  const refused = new RoomTimeline(50);
  refused.join();
  refused.history(history([], { more: true }));
  assert.deepEqual(refused.history(history([], { more: true })), { batches: [] });
});

function joined(messages: ChatSaid[]): RoomTimeline {
  const timeline = new RoomTimeline(50);
  timeline.join();
  timeline.history(history(messages));
  return timeline;
}

function history(
  messages: ChatSaid[],
  entries: { more?: boolean; kept?: boolean } = {},
): Extract<ChatFrame, { type: "history" }> {
  const { more = false, kept = true } = entries;
  return { type: "history", room: "lobby", messages, more, kept };
}

/** Origin and positions of each batch. */
function told(batches: readonly SaidBatch[]): (string | number)[][] {
  return batches.map(({ origin, messages }) => [
    origin,
    ...messages.map(({ timestamp }) => timestamp),
  ]);
}
