import assert from "node:assert/strict";
import documentSchema from "@asyncapi/specs/schemas/3.0.0.json" with { type: "json" };
import { Ajv } from "ajv";
import { chatRequestSchema } from "../../src/session/chat_protocol.ts";
import { CLOSE_CODES } from "../../src/session/close_codes.ts";
import { ERROR_CODES } from "../../src/session/error_codes.ts";
import { authRequestSchema, clientMessageSchema } from "../../src/session/protocol.ts";
import { AsyncApi } from "../support/async_api.ts";
import { type AuthStage, authStage, DESK_TOKEN } from "../support/auth_stage.ts";
import { insertPrices } from "../support/dashboard.ts";
import { connect, type Dialogue, type Json } from "../support/dialogue.ts";
import { FrameLedger } from "../support/frame_ledger.ts";
import { openSocket, type PlainSocket } from "../support/plain_socket.ts";
import { sharedTest } from "../support/shared_stage.ts";
import { signToken } from "../support/tokens.ts";
import { waitFor } from "../support/wait_for.ts";

/**
 * docs/asyncapi.yaml, held to the standard and to a running server: every kind of message that it says the
 * server sends is sent, nothing else is, and what it says of clients' messages the server takes.
 */

const ROOT = new URL("../../", import.meta.url);
const SERVER_STOP_MS = 15_000;
const PROTOCOLS = { prices: "quotewire.v1.json", prices_deflate: "quotewire.v1.deflate" } as const;
const api = await AsyncApi.read();

let started: AuthStage | undefined;
Deno.test.beforeAll(async () => {
  started = await authStage();
});
Deno.test.afterAll(async () => {
  await started?.[Symbol.asyncDispose]();
});

function stage(): AuthStage {
  if (started === undefined) throw new Error("Cannot use the stage: must be in a test, is not");
  return started;
}

/** Connects with a subprotocol, as `ada` unless another token is given. */
async function speak(path: string, protocol: string, token?: string): Promise<Dialogue> {
  const bearer = `quotewire.bearer.${token ?? await signToken()}`;
  return await connect(`${stage().server.socketUrl}${path}`, [protocol, bearer]);
}

/** Connects without a subprotocol, with the first message that this takes. */
async function open(path: string): Promise<PlainSocket> {
  const client = await openSocket(`${stage().server.socketUrl}${path}`);
  await authenticate(client.socket);
  return client;
}

async function authenticate(socket: WebSocket, token?: string): Promise<void> {
  socket.send(JSON.stringify({ type: "auth", token: token ?? await signToken() }));
}

/** Answers to an `auth` on a socket of a service that has no words of its own. */
async function renew({ socket, received }: PlainSocket, ledger: FrameLedger): Promise<void> {
  const before = received.length;
  await authenticate(socket);
  await authenticate(socket, "not-a-token-of-anybody");
  await waitFor("the answers", () => answers().length === 2);
  for (const answer of answers()) ledger.take(answer);

  function answers(): Json[] {
    return received.slice(before).flatMap((message) => {
      const isAnswer = typeof message === "string" && /"type":"(auth|error)"/.test(message);
      return isAnswer ? [JSON.parse(message)] : [];
    });
  }
}

/** Plays every message that v1 knows, but for `closing`. */
async function playPrices(protocol: string): Promise<Dialogue[]> {
  const client = await speak("/ws", protocol);
  const { epoch } = await client.nextOf("hello");
  client.send({ type: "subscribe", id: 1, symbols: "*", history: 10 });
  await client.nextOf("ack");
  const { seq } = await client.nextOf("snapshot");
  await insertPrices(stage().database.url, [{ symbol: "A", price: 2 }]);
  await client.nextOf("update");
  await client.nextOf("heartbeat");
  client.send({ type: "stats", id: "s" });
  await client.nextOf("stats");
  client.send({ type: "ping", id: 2 });
  await client.nextOf("pong");
  client.send("not JSON");
  await client.nextOf("error");
  client.send({ type: "auth", id: 3, token: await signToken() });
  await client.nextOf("auth");
  const second = await speak("/ws", protocol);
  second.send({ type: "resume", id: 1, epoch, seq, symbols: ["A"] });
  await second.nextOf("resumed");
  await second.nextOf("update");
  return [client, second];
}

/** Plays every message that the chat knows, but for `closing`. */
async function playChat(): Promise<Dialogue[]> {
  const ada = await speak("/chat/desk", "quotewire.chat.v1");
  const grace = await speak("/chat/desk", "quotewire.chat.v1");
  ada.send({ type: "join", id: 1, username: "ada" });
  await ada.nextOf("presence");
  grace.send({ type: "join", id: 1, username: "ada" });
  await grace.nextOf("error");
  grace.send({ type: "join", id: 2, username: "grace" });
  await grace.nextOf("presence");
  grace.send({ type: "message", id: 3, content: "hello" });
  grace.send({ type: "binary", id: 4, data: "aGVsbG8=", name: "a.txt", media_type: "text/plain" });
  grace.socket.send(new Uint8Array([1, 2, 3]));
  grace.send({ type: "rename", id: 5, username: "Grace H." });
  await ada.next("the renaming", ({ event }) => event === "rename");
  ada.send({ type: "presence", id: 6 });
  ada.send({ type: "history", id: 7 });
  await ada.next("the history", ({ id }) => id === 7);
  grace.send({ type: "leave", id: 8 });
  await ada.next("the leaving", ({ event }) => event === "leave");
  ada.send({ type: "auth", id: 9, token: await signToken() });
  await ada.nextOf("auth");
  await ada.nextOf("heartbeat");
  return [ada, grace];
}

Deno.test("asyncapi.yaml is a document of AsyncAPI 3.0", () => {
  // The schema brings that of schemas along, which may not be there twice.
  const ajv = new Ajv({
    strict: false,
    validateFormats: false,
    meta: false,
    validateSchema: false,
  });
  const check = ajv.compile(documentSchema);
  assert.ok(check(api.source), JSON.stringify(check.errors?.slice(0, 5)));
});

Deno.test("asyncapi.yaml uses every message, and has examples that its schemas allow", () => {
  const { channels, components } = api.document;
  const used = Object.keys(channels).flatMap((channel) => [
    ...api.messages(channel, "send"),
    ...api.messages(channel, "receive"),
  ]);
  assert.deepEqual([...new Set(used)].toSorted(), Object.keys(components.messages).toSorted());
  for (const message of used) {
    for (const example of api.examples(message)) {
      assert.deepEqual(api.faults(message, example), [], message);
    }
  }
});

Deno.test("asyncapi.yaml has the version, close codes and error codes of the source", async () => {
  const { info, components } = api.document;
  const { version } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  assert.equal(info.version, version);
  assert.deepEqual(components["x-close-codes"], Object.values(CLOSE_CODES));
  assert.deepEqual(components.schemas.error_code.enum, Object.keys(ERROR_CODES));
});

Deno.test("asyncapi.yaml names the fields of clients' messages that the source reads", () => {
  const read = {
    prices: [...clientMessageSchema.options, authRequestSchema],
    chat: [...chatRequestSchema.options, authRequestSchema],
  };
  for (const [channel, schemas] of Object.entries(read)) {
    const fields = schemas.map(({ entries }) => [
      entries.type.literal,
      ...Object.keys(entries).toSorted(),
    ]);
    const documented = api.messages(channel, "receive").flatMap((message) => {
      const { type, ...properties } = api.properties(message);
      // A binary frame has no fields.
      return type === undefined
        ? []
        : [[type.const, ...Object.keys({ type, ...properties }).toSorted()]];
    });
    assert.deepEqual(documented.toSorted(), fields.toSorted());
  }
});

sharedTest("asyncapi.yaml knows what the services without a subprotocol send", async () => {
  const ledgers = new Map(
    ["classic", "echo", "events", "relay"].map((name) => [name, new FrameLedger(api, name)]),
  );
  const ledgerOf = (channel: string) => ledgers.get(channel) ?? assert.fail(channel);

  await using classic = await open("/");
  classic.socket.send("/stats");
  await waitFor("the stats", () => classic.received.some((text) => /"stats"/.test(String(text))));
  for (const text of classic.received) ledgerOf("classic").take(JSON.parse(String(text)));
  await renew(classic, ledgerOf("classic"));

  await using echo = await open("/echo");
  ledgerOf("echo").take(await echo.next("the welcome"));
  echo.socket.send("back");
  assert.equal(await echo.next("the echo"), "back");
  ledgerOf("echo").note("same_again");
  await renew(echo, ledgerOf("echo"));

  await using events = await open("/events?topics=random,prices,stats");
  events.socket.send("back");
  await waitFor("the echo", () => events.received.includes("back"));
  ledgerOf("events").note("same_again");
  await waitFor("a price", () => events.received.some((text) => /"prices"/.test(String(text))));
  for (const text of events.received) {
    if (text !== "back") ledgerOf("events").take(JSON.parse(String(text)));
  }
  await renew(events, ledgerOf("events"));

  const watcher = await speak("/chat/relays", "quotewire.chat.v1");
  watcher.send({ type: "join", id: 1 });
  await using one = await open("/chat/relays");
  await using other = await open("/chat/relays");
  await watcher.next("both", ({ type, count }) => type === "presence" && count === 3);
  one.socket.send("said");
  assert.equal(await other.next("what was said"), "said");
  ledgerOf("relay").note("said_by_others");
  await renew(one, ledgerOf("relay"));

  for (const [channel, ledger] of ledgers) assert.deepEqual(ledger.missing, [], channel);
  await watcher[Symbol.asyncDispose]();
});

sharedTest("asyncapi.yaml describes clients' messages that the server takes", async () => {
  for (
    const [channel, path, protocol] of [
      ["prices", "/ws", "quotewire.v1.json"],
      ["chat", "/chat", "quotewire.chat.v1"],
    ] as const
  ) {
    await using client = await speak(path, protocol, DESK_TOKEN);
    for (const message of api.messages(channel, "receive")) {
      for (const example of api.examples(message)) {
        const { id, ...rest } = Object(example);
        client.send({ id, ...rest });
        const answer = await client.next(
          `an answer to ${JSON.stringify(example)}`,
          (frame) => frame.id === id,
        );
        const { code } = answer;
        assert.notEqual(code, "invalid_message", JSON.stringify([example, answer]));
      }
    }
  }
});

// The last, because it stops the server.
sharedTest("asyncapi.yaml knows what both feeds of v1 and the chat send, to the end", async () => {
  const json = await playPrices(PROTOCOLS.prices);
  const deflate = await playPrices(PROTOCOLS.prices_deflate);
  const chat = await playChat();
  await stage().server.stop();
  const dialogues = { prices: json, prices_deflate: deflate, chat };
  await waitFor(
    "all connections to close",
    () => Object.values(dialogues).flat().every(({ closed }) => closed !== undefined),
    SERVER_STOP_MS,
  );
  for (const [channel, clients] of Object.entries(dialogues)) {
    const ledger = new FrameLedger(api, channel);
    for (const frame of clients.flatMap(({ received }) => received)) ledger.take(frame);
    assert.deepEqual(ledger.missing, [], channel);
  }
  assert.ok(deflate.every(({ kinds }) => kinds.length > 0));
});
