import assert from "node:assert/strict";
import { gist, joinChat } from "../support/chat.ts";
import { floodWithMessages } from "../support/message_flood.ts";
import { openSocket, type PlainSocket } from "../support/plain_socket.ts";
import { serverTest } from "../support/server_stage.ts";
import { waitFor } from "../support/wait_for.ts";

function test(name: string, run: (url: string) => Promise<void>): void {
  serverTest(name, ({ server }) => run(`${server.socketUrl}/chat`));
}

/** Opens relays and waits until every one of them hears the others. */
async function openRelays(url: string, count: number): Promise<PlainSocket[]> {
  await using watcher = await joinChat(url, "watcher");
  const relays = await Promise.all(Array.from({ length: count }, () => openSocket(url)));
  await waitFor("all relays to be in the room", async () => {
    return (await watcher.ask({ type: "presence" })).count === count + 1;
  });
  return relays;
}

test("The chat relay brings text and bytes to all others as they were sent, and nothing else", async (url) => {
  const relays = await openRelays(url, 6);
  const [first, second] = relays;
  assert.ok(first !== undefined && second !== undefined);
  const bytes = new Uint8Array(65_536).map((_, n) => n * 7);
  const sent = ['{"type":"join"}', "", " spaces ", "naïve 🦕\nline\0nul", bytes.buffer];
  for (const message of sent) first.socket.send(message);
  for (const relay of relays.slice(1)) {
    for (const message of sent) assert.deepEqual(await relay.next("a message"), message);
  }
  second.socket.send("answer");
  assert.equal(await first.next("the answer"), "answer");
  for (const relay of relays) await relay.close();
  assert.deepEqual(first.received, ["answer"]);
});

test("The chat relay and chat clients hear each other", async (url) => {
  await using ada = await joinChat(url, "ada");
  await using relay = await openSocket(url);
  const { username } = await ada.event("join");
  assert.match(String(username), /^guest-[0-9a-f]{4}$/);
  relay.socket.send("from the relay");
  relay.socket.send(new Uint8Array([1, 2, 3]));
  assert.equal(gist(await ada.said()), `${username}: from the relay`);
  assert.equal(gist(await ada.said()), `${username}: bytes (3)`);
  await ada.ask({ type: "message", content: "from ada" });
  await ada.ask({ type: "binary", name: "f", data: btoa("bytes") });
  await ada.ask({ type: "rename", username: "ada l" });
  await ada.ask({ type: "message", content: "end" });
  assert.equal(await relay.next("a text"), "from ada");
  assert.deepEqual(await relay.next("bytes"), new TextEncoder().encode("bytes").buffer);
  assert.equal(await relay.next("the last"), "end");
  await relay.close();
  assert.equal((await ada.event("leave")).username, username);
});

test("The chat relay lets go a client that floods, and tells the others of nothing but its burst", async (url) => {
  // Messages that came in behind the close frame made Deno drop the connection: the client saw no code.
  await using ada = await joinChat(url, "ada");
  assert.equal(await floodWithMessages(Number(new URL(url).port), "/chat", null), 4029);
  await ada.event("leave");
  const heard = ada.received.filter(({ kind }) => kind === "text");
  assert.ok(heard.length >= 100 && heard.length < 150, `heard ${heard.length}`);
});

/** What `npx wscat` runs, as somebody at a terminal uses it. */
class Wscat implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  output = "";

  constructor(url: string) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "npm:wscat", "--no-color", "--connect", url],
      cwd: new URL("../../", import.meta.url),
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#read();
  }

  async type(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#child.status;
  }

  async #read(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.output += text;
    }
  }
}

test("The chat relay brings what one wscat sends to every other, and never back", async (url) => {
  await using watcher = await joinChat(url, "watcher");
  await using one = new Wscat(url);
  await using two = new Wscat(url);
  await using three = new Wscat(url);
  await waitFor("all to be in the room", async () => {
    return (await watcher.ask({ type: "presence" })).count === 4;
  }, 30_000);
  await one.type("hello from one");
  await waitFor(
    "it to arrive",
    () => [two, three].every((at) => at.output.includes("hello from one")),
  );
  await two.type("answer of two");
  await waitFor(
    "it to arrive",
    () => [one, three].every((at) => at.output.includes("answer of two")),
  );
  assert.ok(!one.output.includes("hello from one"));
  assert.ok(!two.output.includes("answer of two"));
});
