import assert from "node:assert/strict";
import { gist, joinChat } from "../support/chat.ts";
import {
  type FaultyDatabaseStage,
  hadEvent,
  heard,
  joinBoth,
  present,
  type StageRun,
  stageTest,
  startFaultyDatabase,
  texts,
} from "../support/shared_chat.ts";

let shared: FaultyDatabaseStage | undefined;

Deno.test.beforeAll(async () => {
  shared = await startFaultyDatabase();
});

Deno.test.afterAll(async () => {
  await shared?.[Symbol.asyncDispose]();
});

function test(name: string, run: StageRun<FaultyDatabaseStage>): void {
  stageTest(() => shared, name, run);
}

test(
  "Shared chat tells once what is said while Postgres is mute for one of two servers",
  async (urls, { proxy }) => {
    await using both = await joinBoth(urls);
    const { ada, grace } = both;
    proxy.mute();
    // Whether Postgres gets it after all depends on what the network held back.
    const unsure = await ada.ask({ type: "message", content: "unsure" });
    assert.equal(unsure.stored, false);
    await hadEvent(ada, "history_off");
    assert.equal((await grace.ask({ type: "message", content: "sure" })).stored, true);
    await proxy.restore();
    await hadEvent(ada, "history_on");
    assert.equal((await ada.ask({ type: "message", content: "end" })).stored, true);
    await heard(grace, ["unsure", "end"]);
    await heard(ada, ["sure"]);
  },
);

test(
  "Shared chat goes on between servers while Postgres is away, and keeps again after that",
  async (urls, { cluster }) => {
    await using both = await joinBoth(urls);
    const { ada, grace } = both;
    await cluster.stop();
    await Promise.all([hadEvent(ada, "history_off"), hadEvent(grace, "history_off")]);
    const lost = await ada.ask({ type: "message", content: "into the void", key: "k" });
    assert.equal(lost.stored, false);
    assert.equal(gist(await grace.said()), "ada: into the void");
    // Said again by way of the other server, as a client does that heard no answer.
    const again = await grace.ask({ type: "message", content: "into the void", key: "k" });
    assert.equal(again.message, lost.message);
    await cluster.restart();
    await Promise.all([hadEvent(ada, "history_on"), hadEvent(grace, "history_on")]);
    assert.equal((await grace.ask({ type: "message", content: "kept" })).stored, true);
    assert.equal(gist(await ada.said()), "grace: kept");
    assert.deepEqual([texts(ada), texts(grace)], [["kept"], ["into the void"]]);
  },
);

test(
  "Shared chat is one of each server's own while NATS and Postgres are both away, and shared again after that",
  async (urls, { cluster, nats }) => {
    await using both = await joinBoth(urls);
    const { ada, grace } = both;
    await cluster.stop();
    await nats.stop();
    await Promise.all([hadEvent(ada, "history_off"), hadEvent(grace, "history_off")]);
    await Promise.all([present(ada, ["ada"]), present(grace, ["grace"])]);
    const alone = await ada.ask({ type: "message", content: "alone" });
    assert.equal(alone.stored, false);
    await nats.restart();
    await cluster.restart();
    await Promise.all([present(ada, ["ada", "grace"]), present(grace, ["ada", "grace"])]);
    await Promise.all([hadEvent(ada, "history_on"), hadEvent(grace, "history_on")]);
    assert.equal((await ada.ask({ type: "message", content: "together" })).stored, true);
    await heard(grace, ["together"]);
  },
);

// Who came to a room while Postgres was away heard nothing of what was said on other servers when Postgres
// was back and NATS was not, until somebody of their own server spoke.
test(
  "Shared chat tells a room that came to be without Postgres what is said later without NATS",
  async ([one, other], { cluster, nats }) => {
    await using early = await joinBoth([`${one}-early`, `${other}-early`]);
    await cluster.stop();
    await Promise.all([hadEvent(early.ada, "history_off"), hadEvent(early.grace, "history_off")]);
    await nats.stop();
    await using ada = await joinChat(one, "ada");
    await using grace = await joinChat(other, "grace");
    await cluster.restart();
    await Promise.all([hadEvent(ada, "history_on"), hadEvent(grace, "history_on")]);
    for (const content of ["1", "2"]) {
      assert.equal((await grace.ask({ type: "message", content })).stored, true);
    }
    await heard(ada, ["1", "2"]);
    await nats.restart();
    await present(ada, ["ada", "grace"]);
  },
);
