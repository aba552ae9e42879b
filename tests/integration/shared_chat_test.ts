import assert from "node:assert/strict";
import { Backbone } from "../../src/backbone/backbone.ts";
import { MessageIds } from "../../src/chat/message_ids.ts";
import { ChatClient } from "../../src/client/chat_client.ts";
import { sleep } from "../../src/lifecycle.ts";
import { Balancer } from "../support/balancer.ts";
import { type ChatDialogue, gist, joinChat } from "../support/chat.ts";
import { openSocket } from "../support/plain_socket.ts";
import {
  heard,
  joinBoth,
  present,
  type SharedChatStage,
  type StageRun,
  stageTest,
  startSharedChat,
  texts,
} from "../support/shared_chat.ts";
import { waitFor } from "../support/wait_for.ts";

let shared: SharedChatStage | undefined;

Deno.test.beforeAll(async () => {
  shared = await startSharedChat();
});

Deno.test.afterAll(async () => {
  await shared?.[Symbol.asyncDispose]();
});

function test(name: string, run: StageRun<SharedChatStage>): void {
  stageTest(() => shared, name, run);
}

async function who(client: ChatDialogue): Promise<unknown> {
  return (await client.ask({ type: "presence" })).users;
}

test("Shared chat brings what is said on one server to the rooms of another once, and not back", async (urls) => {
  await using both = await joinBoth(urls);
  const { ada, grace } = both;
  assert.deepEqual(ada.received.flatMap(({ event }) => event ?? []), ["join"]);
  const said = await ada.ask({ type: "message", content: "hello" });
  assert.equal(said.stored, true);
  const heard = await grace.said();
  assert.equal(gist(heard), "ada: hello");
  assert.equal(heard.id, said.message);
  assert.equal(heard.timestamp, said.timestamp);
  const data = crypto.getRandomValues(new Uint8Array(20_000)).toBase64();
  await grace.ask({ type: "binary", name: "f.bin", media_type: "a/b", data });
  const { name, media_type, data: got, kind } = await ada.said();
  assert.deepEqual({ name, media_type, got, kind }, {
    name: "f.bin",
    media_type: "a/b",
    got: data,
    kind: "file",
  });
  await grace.ask({ type: "message", content: "end" });
  await ada.said();
  assert.deepEqual([texts(ada), texts(grace)], [["end"], ["hello"]]);
});

test("Shared chat relays text and bytes between servers as they were sent", async (urls) => {
  await using watcher = await joinChat(urls[0], "watcher");
  await using here = await openSocket(urls[0]);
  await using there = await openSocket(urls[1]);
  await waitFor("both relays to be in the room", async () => {
    return (await watcher.ask({ type: "presence" })).count === 3;
  });
  const bytes = crypto.getRandomValues(new Uint8Array(65_536)).buffer;
  const sent = ['{"type":"join"}', "", " spaces ", "naïve 🦕\nline\0nul", bytes];
  for (const message of sent) here.socket.send(message);
  for (const message of sent) assert.deepEqual(await there.next("a message"), message);
  there.socket.send("answer");
  assert.equal(await here.next("the answer"), "answer");
  assert.deepEqual(here.received, ["answer"]);
});

test("Shared chat shows who is there, comes, goes and is renamed on all servers", async (urls) => {
  await using both = await joinBoth(urls);
  const { ada, grace } = both;
  assert.deepEqual(await who(ada), ["ada", "grace"]);
  assert.deepEqual(await who(grace), ["ada", "grace"]);
  const refused = await ada.ask({ type: "rename", username: "GRACE" });
  assert.equal(refused.code, "username_taken");
  await grace.ask({ type: "rename", username: "hopper" });
  const { username, old_username } = await ada.event("rename");
  assert.deepEqual([username, old_username], ["hopper", "grace"]);
  assert.deepEqual(await who(ada), ["ada", "hopper"]);
  await grace.ask({ type: "leave" });
  assert.equal((await ada.event("leave")).username, "hopper");
  assert.deepEqual(await who(ada), ["ada"]);
});

test("Shared chat keeps a room in one order on all servers, however fast they speak", async (urls) => {
  const names = ["ada", "grace", "joan", "edith"];
  const clients = await Promise.all(
    names.map((name, index) => joinChat(urls[index % 2 === 0 ? 0 : 1], name)),
  );
  const ROUNDS = 30;
  await Promise.all(clients.map(async (client, index) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await client.ask({ type: "message", content: `${names[index]} ${round}` });
    }
  }));
  const others = ROUNDS * (names.length - 1);
  for (const client of clients) {
    await waitFor("all to be heard", () => texts(client).length >= others);
    const ids = client.received.filter(({ kind }) => kind === "text").map(({ id }) => String(id));
    assert.deepEqual(ids, ids.toSorted(), "ids ascend");
    assert.equal(ids.length, others, "once each");
    assert.equal(new Set(ids).size, others);
  }
  for (const client of clients) await client[Symbol.asyncDispose]();
});

test("Shared chat lets a client take its name over to another server without anybody noticing", async (urls) => {
  await using grace = await joinChat(urls[1], "grace");
  const before = await joinChat(urls[0], "ada");
  await grace.event("join");
  await using stranger = await joinChat(urls[1], "stranger");
  const refused = await stranger.ask({ type: "rename", username: "ada" });
  assert.equal(refused.code, "username_taken");
  await using ada = await joinChat(urls[1], "ada", { session: before.session });
  await waitFor("the former connection to end", () => before.closed !== undefined);
  assert.equal(before.closed?.code, 1000);
  assert.deepEqual(await who(ada), ["ada", "grace", "stranger"]);
  await ada.ask({ type: "message", content: "here" });
  await grace.said();
  const events = grace.received.filter(({ username, event }) =>
    event !== undefined && username === "ada"
  );
  assert.deepEqual(events.map(({ event }) => event), ["join"]);
});

test("Shared chat brings a file that is too large for NATS by way of the history", async (urls) => {
  await using both = await joinBoth(urls);
  const { ada, grace } = both;
  const bytes = new Uint8Array(800_000).map((_, n) => n * 7);
  const sent = await ada.ask({ type: "binary", data: bytes.toBase64() });
  assert.equal(sent.stored, true);
  await ada.ask({ type: "message", content: "after it" });
  const { data } = await grace.said();
  assert.ok(data === bytes.toBase64());
  assert.equal(gist(await grace.said()), "ada: after it");
});

test(
  "Shared chat is not led astray by what it cannot use over NATS, and says that there is something",
  async (urls, stage) => {
    await using both = await joinBoth(urls);
    const { ada, grace } = both;
    const hosts = [`127.0.0.1:${stage.nats.port}`];
    const config = { hosts, tls: false, login: undefined, prefix: "quotewire" };
    const files = { credentialsFile: undefined, authorityFile: undefined };
    const stranger = await Backbone.open({ ...config, ...files }, "stranger");
    await waitFor("the stranger to be let in", () => stranger.state === "up");
    const room = new URL(urls[0]).pathname.split("/").at(-1);
    const from = crypto.randomUUID();
    const id = new MessageIds().next();
    const said = { v: 1, from, type: "said", room, id, username: "eve", timeMs: 1, stored: true };
    const nonsense = [
      "",
      "{",
      "\ud800",
      JSON.stringify({ ...said, v: 2, text: "of another version" }),
      JSON.stringify({ ...said, username: "\u001b[2J", text: "control" }),
      JSON.stringify({ ...said, id: "ffffffff-ffff-7fff-8fff-ffffffffffff", text: "end of time" }),
      JSON.stringify({ v: 1, from, type: "changes", number: 1e30, changes: [] }),
      JSON.stringify({ v: 1, from, type: "roster", number: 1, part: 0, parts: 1e9, people: [] }),
    ];
    for (const text of nonsense) stranger.publish("chat.all", new TextEncoder().encode(text));
    stranger.publish("chat.all", new Uint8Array([0xff, 0xfe]));
    await stranger.close();
    await waitFor("the server to say so", () => {
      return stage.servers[0].lines.some((line) => line.includes("what another server says"));
    });
    await ada.ask({ type: "message", content: "still here" });
    await heard(grace, ["still here"]);
    assert.deepEqual(texts(ada), []);
    await present(ada, ["ada", "grace"]);
  },
);

test(
  "Shared chat goes on without NATS, and settles afterwards who has which name",
  async (urls, stage) => {
    await using both = await joinBoth(urls);
    const { ada, grace } = both;
    const said: string[] = [];
    const say = async (client: ChatDialogue, content: string) => {
      said.push(content);
      assert.equal((await client.ask({ type: "message", content })).stored, true);
    };
    await say(ada, "before");
    await stage.nats.kill();
    await say(ada, "without NATS");
    // They meet in the database.
    await heard(grace, said);
    await present(ada, ["ada"]);
    await present(grace, ["grace"]);
    await using early = await joinChat(urls[0], "joan");
    await using late = await joinChat(urls[1], "Joan");
    await stage.nats.restart();
    for (let n = 0; n < 5; n += 1) await say(ada, `after ${n}`);
    await heard(grace, said);
    const renamed = await late.event("rename");
    assert.deepEqual([renamed.old_username, renamed.username], ["Joan", "Joan-2"]);
    for (const client of [ada, grace]) await present(client, ["ada", "grace", "joan", "Joan-2"]);
    assert.equal((await early.ask({ type: "rename", username: "joan" })).username, "joan");
    assert.deepEqual(texts(ada), []);
    const ids = grace.received.filter(({ kind }) => kind === "text").map(({ id }) => String(id));
    assert.deepEqual(ids, ids.toSorted());
  },
);

test(
  "Shared chat has the people of a killed server leave, and lets them come back at once, with all that was said",
  async (urls, stage) => {
    await using both = await joinBoth(urls);
    const { ada } = both;
    const [one, other] = stage.servers;
    await using balancer = new Balancer([other.port, one.port]);
    const url = new URL(urls[0]);
    url.port = String(balancer.port);
    const joan = new ChatClient({ url: url.href, random: () => 0.01 });
    const found: string[] = [];
    joan.on("said", ({ messages }) => {
      for (const said of messages) found.push(said.type === "message" ? said.content : "bytes");
    });
    const room = joan.join(url.pathname.split("/").at(-1) ?? "", { username: "joan" });
    joan.start();
    await present(ada, ["ada", "grace", "joan"]);
    const said = Array.from({ length: 60 }, (_, n) => String(n));
    for (const [n, content] of said.entries()) {
      if (n === 20) await other.kill();
      assert.equal((await ada.ask({ type: "message", content })).stored, true);
      // So that some are said while the client is away.
      await sleep(10);
    }
    await waitFor("all to be heard", () => found.length >= said.length);
    assert.deepEqual(found, said);
    assert.deepEqual(joan.rooms().map((own) => [own.room, own.state.phase]), [[room, "joined"]]);
    await present(ada, ["ada", "joan"]);
    const events = ada.received.flatMap(({ event, username }) =>
      event === undefined ? [] : `${username} ${event}`
    );
    assert.deepEqual(events, ["grace join", "joan join", "grace leave"]);
    joan.stop();
    await other.restart();
  },
);

test(
  "Shared chat has the people of a server that ends leave with it, and meets them when it is back",
  async (urls, stage) => {
    await using both = await joinBoth(urls);
    const { ada } = both;
    assert.equal(await stage.servers[1].stop(), 0);
    await ada.event("leave");
    await stage.servers[1].restart();
    await using grace = await joinChat(urls[1], "grace");
    await present(ada, ["ada", "grace"]);
    await present(grace, ["ada", "grace"]);
  },
);
