import assert from "node:assert/strict";
import { type AuthStage, authTest, DESK_TOKEN } from "../support/auth_stage.ts";
import { insertPrices } from "../support/dashboard.ts";
import { connect, type Dialogue, type Json } from "../support/dialogue.ts";
import { signToken } from "../support/tokens.ts";
import { waitFor } from "../support/wait_for.ts";

/** Connects with a token for the symbols A and B and the room "desk". */
async function limited(
  { server }: AuthStage,
  path: string,
  protocol: string | null,
): Promise<Dialogue> {
  const token = await signToken({ symbols: ["A", "B"], rooms: ["desk"] });
  const offer = protocol === null ? [] : [protocol];
  return await connect(`${server.socketUrl}${path}`, [...offer, `quotewire.bearer.${token}`]);
}

function symbols(frame: Json): unknown[] {
  assert.ok(Array.isArray(frame.quotes));
  return frame.quotes.map(({ symbol }) => symbol).sort();
}

/** A price of C that nobody limited may see, and behind it one of A. */
async function changeAll({ database }: AuthStage): Promise<void> {
  await insertPrices(database.url, [{ symbol: "C", price: 2 }]);
  await insertPrices(database.url, [{ symbol: "A", price: 2 }]);
}

for (const protocol of ["quotewire.v1.json", "quotewire.v1.deflate"]) {
  authTest(
    `A token's symbols limit ${protocol}: "*", snapshot, updates and resume`,
    async (stage) => {
      await using client = await limited(stage, "/ws", protocol);
      const { epoch } = await client.nextOf("hello");
      client.send({ type: "subscribe", id: 1, symbols: ["A", "C"] });
      const refusal = await client.nextOf("error");
      assert.equal(refusal.code, "forbidden");
      assert.match(String(refusal.message), /"C" is not$/);
      client.send({ type: "subscribe", id: 2, symbols: "*" });
      const { subscription } = await client.nextOf("ack");
      assert.deepEqual(subscription, {
        symbols: ["A", "B"],
        sources: "*",
        history: 0,
        max_rate_ms: 0,
      });
      assert.deepEqual(symbols(await client.nextOf("snapshot")), ["A", "B"]);
      await changeAll(stage);
      const update = await client.nextOf("update");
      assert.deepEqual(symbols(update), ["A"]);
      await using resumed = await limited(stage, "/ws", protocol);
      resumed.send({ type: "resume", id: 1, epoch, seq: 0, symbols: ["C"] });
      assert.equal((await resumed.nextOf("error")).code, "forbidden");
      resumed.send({ type: "resume", id: 2, epoch, seq: 0, symbols: "*" });
      await resumed.nextOf("resumed");
      assert.deepEqual(symbols(await resumed.nextOf("update")), ["A"]);
      for (const { received } of [client, resumed]) {
        assert.ok(!JSON.stringify(received).includes('"symbol":"C"'));
      }
    },
  );
}

authTest("A token's symbols limit the classic feed and the topic of prices", async (stage) => {
  await using classic = await limited(stage, "/", null);
  await using events = await limited(stage, "/events?topics=prices", null);
  await waitFor(
    "the prices so far",
    () => classic.received.length === 3 && events.received.length === 2,
  );
  await changeAll(stage);
  await waitFor("the changes", () => classic.received.length === 4 && events.received.length === 3);
  const text = JSON.stringify([classic.received, events.received]);
  assert.ok(text.includes('"symbol":"B"'));
  assert.ok(!text.includes('"symbol":"C"'));
});

authTest("A token's symbols limit the API", async ({ ask }) => {
  const token = await signToken({ symbols: ["A", "B"] });
  const answer = await ask("/api/prices", token);
  assert.equal(answer.headers.get("cache-control"), "private, no-store");
  assert.deepEqual(symbols(await answer.json()), ["A", "B"]);
  assert.deepEqual(symbols(await (await ask("/api/prices?symbols=B", token)).json()), ["B"]);
  assert.deepEqual((await (await ask("/api/days", token)).json()).days.length, 2);
  assert.deepEqual((await (await ask("/api/days", DESK_TOKEN)).json()).days.length, 3);
  const candles = "/api/candles?interval=1m&symbol=";
  for (const path of ["/api/prices?symbols=A,C", "/api/history?symbol=C", `${candles}C`]) {
    const refusal = await ask(path, token);
    assert.equal(refusal.status, 403);
    assert.equal((await refusal.json()).error, "forbidden");
    assert.equal((await ask(path, DESK_TOKEN)).status, 200);
  }
  for (const path of ["/api/history?symbol=A", `${candles}A`]) {
    assert.equal((await ask(path, token)).status, 200);
  }
  for (const path of ["/api/days", `${candles}A`]) assert.equal((await ask(path)).status, 401);
  const nothing = await (await ask("/api/prices", await signToken({ symbols: [] }))).json();
  assert.deepEqual(nothing.quotes, []);
});

authTest("A token's rooms limit the chat, and a ticket carries the limits along", async (stage) => {
  const { server, ask } = stage;
  const token = await signToken({ rooms: ["desk"] });
  const { ticket } = await (await ask("/api/ticket", token, "POST")).json();
  await using chat = await connect(
    `${server.socketUrl}/chat?ticket=${ticket}`,
    "quotewire.chat.v1",
  );
  chat.send({ type: "join", id: 1, username: "ada" });
  const refusal = await chat.next("the refusal", ({ id }) => id === 1);
  assert.equal(refusal.code, "forbidden");
  for (const type of ["presence", "history"]) {
    chat.send({ type, id: type });
    const answer = await chat.next(`an answer to ${type}`, ({ id }) => id === type);
    assert.equal(answer.code, "not_joined");
  }
  chat.send({ type: "join", id: 2, room: "desk", username: "ada" });
  assert.equal((await chat.next("the answer", ({ id }) => id === 2)).type, "ack");
  await using relay = await connect(
    `${server.socketUrl}/chat/lobby`,
    [`quotewire.bearer.${token}`],
  );
  const closed = await waitFor("the relay to be closed", () => relay.closed);
  assert.deepEqual(closed, { code: 1008, reason: "policy violation" });
});
