import assert from "node:assert/strict";
import { ChatClient } from "../../src/client/chat_client.ts";
import type { ChatEvents } from "../../src/client/chat_events.ts";
import { RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { testCluster, testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

/** A client that is in the lobby, and all that it heard there. */
class Talker implements AsyncDisposable {
  readonly client: ChatClient;
  readonly heard: string[] = [];
  readonly sent = new Map<string, ChatEvents["outgoing"]["status"]>();

  constructor(socketUrl: string, username: string, formerSession?: string) {
    this.client = new ChatClient({
      url: new URL("/chat", socketUrl).href,
      random: () => 0.01,
      ...(formerSession === undefined ? {} : { formerSession }),
    });
    this.client.on("said", ({ messages }) => {
      for (const said of messages) {
        this.heard.push(`${said.username}: ${said.type === "message" ? said.content : said.name}`);
      }
    });
    this.client.on("outgoing", ({ message, status }) => {
      if (message.kind === "text") this.sent.set(message.content, status);
    });
    this.client.join("lobby", { username });
    this.client.start();
  }

  async joined(): Promise<void> {
    await waitFor("the lobby", () => this.client.rooms()[0]?.state.phase === "joined");
  }

  async hears(...messages: string[]): Promise<void> {
    await waitFor("the messages", () => this.heard.length >= messages.length);
    assert.deepEqual(this.heard, messages);
  }

  async isSent(content: string): Promise<boolean> {
    return await waitFor(`"${content}" to be sent`, () => {
      const status = this.sent.get(content);
      return status?.phase === "sent" && { stored: status.stored };
    }).then(({ stored }) => stored);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve(this.client.stop());
  }
}

Deno.test("ChatClient misses nothing and tells nothing twice while the server restarts", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  await using ada = new Talker(server.socketUrl, "ada");
  await using grace = new Talker(server.socketUrl, "grace");
  await Promise.all([ada.joined(), grace.joined()]);
  ada.client.say("lobby", "one");
  grace.client.sendBinary("lobby", new Uint8Array([1]), { name: "a.bin" });
  await grace.hears("ada: one");
  await ada.hears("grace: a.bin");
  await server.kill();
  ada.client.say("lobby", "two");
  await server.restart();
  assert.equal(await ada.isSent("two"), true);
  await grace.hears("ada: one", "ada: two");
  grace.client.say("lobby", "three");
  await ada.hears("grace: a.bin", "grace: three");
  const { users } = await ada.client.who("lobby");
  assert.deepEqual(users, ["ada", "grace"]);
});

Deno.test("ChatClient tells everything once and in order over a connection that keeps breaking", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  await using proxy = await FaultProxy.start(server.socketUrl);
  await using ada = new Talker(proxy.url, "ada");
  await using grace = new Talker(proxy.url, "grace");
  await Promise.all([ada.joined(), grace.joined()]);
  const said = (name: string) => Array.from({ length: 40 }, (_, index) => `${name} ${index}`);
  for (let cut = 0; cut < 5; cut += 1) {
    for (let index = cut * 8; index < cut * 8 + 8; index += 1) {
      ada.client.say("lobby", `ada ${index}`);
      grace.client.say("lobby", `grace ${index}`);
    }
    // Some of it is on its way to the server by now, and some of what that answers on its way back.
    await waitFor("an answer", () => [...ada.sent.values()].at(cut * 8)?.phase === "sent");
    proxy.reset();
  }
  await Promise.all(said("ada").map((content) => ada.isSent(content)));
  await Promise.all(said("grace").map((content) => grace.isSent(content)));
  await ada.hears(...said("grace").map((content) => `grace: ${content}`));
  await grace.hears(...said("ada").map((content) => `ada: ${content}`));
});

Deno.test("ChatClient takes its name over from an earlier client that the server believes alive", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  await using earlier = new Talker(server.socketUrl, "ada");
  await using grace = new Talker(server.socketUrl, "grace");
  await Promise.all([earlier.joined(), grace.joined()]);
  const system: string[] = [];
  grace.client.on("system", ({ content }) => system.push(content));
  await using ada = new Talker(server.socketUrl, "ada", earlier.client.sessionId);
  await ada.joined();
  grace.client.say("lobby", "welcome back");
  await ada.hears("grace: welcome back");
  await waitFor("the earlier client to stop", () => earlier.client.state.phase === "stopped");
  assert.deepEqual([system, earlier.heard], [[], []]);
});

Deno.test("ChatClient goes on while Postgres is away, and says that nothing is kept", async () => {
  await using cluster = await testCluster();
  await using server = await startServer({ databaseUrl: cluster.url });
  await using ada = new Talker(server.socketUrl, "ada");
  await using grace = new Talker(server.socketUrl, "grace");
  await Promise.all([ada.joined(), grace.joined()]);
  const kept = () => {
    const [room] = ada.client.rooms();
    return room?.state.phase === "joined" ? room.state.kept : undefined;
  };
  await cluster.stop();
  ada.client.say("lobby", "lost");
  assert.equal(await ada.isSent("lost"), false);
  await grace.hears("ada: lost");
  await waitFor("the history to be off", () => kept() === false);
  await cluster.restart();
  await waitFor("the history to be on", () => kept() === true, RECOVERY_DEADLINE_MS);
  // A machine so busy that an insert takes 2 s had the first one called not kept, as it was.
  let tries = 0;
  await waitFor("a message that is kept", () => {
    tries += 1;
    ada.client.say("lobby", `kept ${tries}`);
    return ada.isSent(`kept ${tries}`);
  }, RECOVERY_DEADLINE_MS);
});
