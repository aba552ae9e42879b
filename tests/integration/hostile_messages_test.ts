import assert from "node:assert/strict";
import { CHAT_PROTOCOL_JSON } from "../../src/session/chat_protocol.ts";
import { PRICE_PROTOCOL_DEFLATE, PRICE_PROTOCOL_JSON } from "../../src/session/protocol.ts";
import { withDeadline } from "../../src/lifecycle.ts";
import { connect, type Dialogue } from "../support/dialogue.ts";
import { openHandshake, readAnswer } from "../support/handshake.ts";
import { floodWithMessages } from "../support/message_flood.ts";
import { openSocket } from "../support/plain_socket.ts";
import type { TestServer } from "../support/server.ts";
import { serverTest } from "../support/server_stage.ts";
import { waitFor } from "../support/wait_for.ts";

const DEADLINE_MS = 30_000;

function test(name: string, run: (server: TestServer) => Promise<void>): void {
  serverTest(name, async ({ server }) => {
    await run(server);
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    assert.doesNotMatch(server.lines.join("\n"), /^\S+ error |is replaced/m);
  });
}

/** Texts that are no message of any protocol, or break its types and ranges. */
const MALFORMED: readonly string[] = [
  "",
  " ",
  "\u0000",
  "hello",
  "{",
  "null",
  "true",
  "1e999",
  '"subscribe"',
  "[]",
  "[".repeat(60_000),
  `{"a":`.repeat(10_000),
  "{}",
  '{"type":null}',
  '{"type":["subscribe"],"id":1}',
  '{"type":"unknown","id":1}',
  '{"type":"__proto__","id":1}',
  '{"type":"constructor","id":1}',
  '{"__proto__":{"type":"ping","id":1}}',
];

/** The same for the price feed's v1. */
const MALFORMED_V1: readonly string[] = [
  '{"type":"ping"}',
  '{"type":"ping","id":1e999}',
  '{"type":"ping","id":1e308}',
  '{"type":"ping","id":1.5}',
  '{"type":"ping","id":""}',
  `{"type":"ping","id":"${"x".repeat(65)}"}`,
  '{"type":"ping","id":{"toString":"x"}}',
  '{"type":"subscribe","id":1}',
  '{"type":"subscribe","id":1,"symbols":"A"}',
  '{"type":"subscribe","id":1,"symbols":[]}',
  '{"type":"subscribe","id":1,"symbols":[""]}',
  '{"type":"subscribe","id":1,"symbols":[1]}',
  `{"type":"subscribe","id":1,"symbols":["${"x".repeat(33)}"]}`,
  `{"type":"subscribe","id":1,"symbols":${JSON.stringify(new Array(2001).fill("A"))}}`,
  `{"type":"subscribe","id":1,"symbols":"*","sources":${JSON.stringify(new Array(101).fill("A"))}}`,
  '{"type":"subscribe","id":1,"symbols":"*","history":101}',
  '{"type":"subscribe","id":1,"symbols":"*","history":-1}',
  '{"type":"subscribe","id":1,"symbols":"*","history":1e308}',
  '{"type":"subscribe","id":1,"symbols":"*","max_rate_ms":60001}',
  '{"type":"subscribe","id":1,"symbols":"*","max_rate_ms":"fast"}',
  '{"type":"resume","id":1,"symbols":"*","epoch":"","seq":0}',
  '{"type":"resume","id":1,"symbols":"*","epoch":"e","seq":-1}',
  '{"type":"resume","id":1,"symbols":"*","epoch":"e","seq":9007199254740992}',
];

/** The same for the chat. */
const MALFORMED_CHAT: readonly string[] = [
  '{"type":"join","username":"<img>"}',
  '{"type":"join","username":"system"}',
  `{"type":"join","username":"${"x".repeat(33)}"}`,
  '{"type":"join","history":101}',
  '{"type":"join","history":1e308}',
  '{"type":"join","session":"not a uuid"}',
  '{"type":"message","content":""}',
  '{"type":"message","content":"\\u0000"}',
  `{"type":"message","content":"${"x".repeat(8001)}"}`,
  '{"type":"message","content":"x","key":"with a blank"}',
  '{"type":"binary","data":"not base64"}',
  // A Kelvin sign is a k to those who ignore case, but not in base64: it ended the session with 1011.
  '{"type":"binary","data":"\u212a\u212a\u212a\u212a"}',
  '{"type":"binary","data":"\u017f\u017f\u017f\u017f"}',
  '{"type":"binary","data":"AAAA","media_type":"text/html; charset=x"}',
  `{"type":"binary","data":"AAAA","name":"${"x".repeat(256)}"}`,
  `{"type":"presence","room":"${"x".repeat(65)}"}`,
  '{"type":"history","before":"not an id"}',
];

async function expectErrors(client: Dialogue, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    client.socket.send(text);
    const { code, message } = await client.nextOf("error");
    assert.equal(code, "invalid_message", text.slice(0, 100));
    assert.ok(String(message).length <= 500);
  }
  client.socket.send(new Uint8Array([1, 2, 3]));
}

for (const protocol of [PRICE_PROTOCOL_JSON, PRICE_PROTOCOL_DEFLATE]) {
  test(`${protocol} answers what it cannot read with an error, and goes on`, async (server) => {
    await using client = await connect(`${server.socketUrl}/ws`, protocol);
    await expectErrors(client, [...MALFORMED, ...MALFORMED_V1]);
    assert.equal((await client.nextOf("error")).code, "invalid_message");
    client.send({ type: "ping", id: "still here" });
    assert.equal((await client.nextOf("pong")).id, "still here");
  });
}

test("The chat answers what it cannot read with an error, and goes on", async (server) => {
  await using client = await connect(`${server.socketUrl}/chat`, CHAT_PROTOCOL_JSON);
  await expectErrors(client, [...MALFORMED, ...MALFORMED_CHAT]);
  client.send({ type: "join", id: 7, username: "ada" });
  assert.equal((await client.nextOf("ack")).id, 7);
});

test("The classic feed answers what it cannot read with an error, and goes on", async (server) => {
  await using client = await connect(`${server.socketUrl}/`, null);
  await expectErrors(client, MALFORMED);
  assert.equal((await client.nextOf("error")).code, "invalid_message");
  client.socket.send("/stats");
  assert.equal((await client.nextOf("stats")).active_clients, 1);
});

test("Echo and the topic stream return texts that break every protocol", async (server) => {
  for (const path of ["/echo", "/events?topics=prices"]) {
    await using client = await openSocket(`${server.socketUrl}${path}`);
    if (path === "/echo") await client.next("the welcome");
    for (const text of [...MALFORMED, ...MALFORMED_V1]) {
      client.socket.send(text);
      assert.equal(await client.next("the echo"), text);
    }
  }
});

const ENDPOINTS: readonly [string, string | null][] = [
  ["/", null],
  ["/ws", PRICE_PROTOCOL_JSON],
  ["/ws", PRICE_PROTOCOL_DEFLATE],
  ["/echo", null],
  ["/events?topics=prices", null],
  ["/chat", CHAT_PROTOCOL_JSON],
  ["/chat", null],
];

/** The code with which a connection ends after the client has done something. */
async function closeCode(
  server: TestServer,
  path: string,
  protocol: string | null,
  act: (socket: WebSocket) => void,
): Promise<number> {
  const socket = new WebSocket(`${server.socketUrl}${path}`, protocol ?? []);
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  socket.onopen = () => act(socket);
  return (await withDeadline(closed, DEADLINE_MS, `wait for the close of ${path}`)).code;
}

test("A message above MAX_MESSAGE_BYTES ends its connection with 1009 on every endpoint", async (server) => {
  for (const [path, protocol] of ENDPOINTS) {
    for (const message of ["x".repeat(65_537), "ü".repeat(32_769), new Uint8Array(65_537)]) {
      const code = await closeCode(server, path, protocol, (socket) => socket.send(message));
      assert.equal(code, 1009, path);
    }
  }
});

test("A flood of messages ends its connection with 4029 on every endpoint, and no other", async (server) => {
  await using other = await connect(`${server.socketUrl}/ws`);
  for (const [path, protocol] of ENDPOINTS) {
    assert.equal(await floodWithMessages(server.port, path, protocol), 4029, path);
  }
  other.send({ type: "ping", id: 1 });
  await other.nextOf("pong");
});

test("A client that asks for snapshots again and again gets 20 at once, and keeps its connection", async (server) => {
  // Each cost the worker up to 170 ms, as often as the client had messages to send.
  await using client = await connect(`${server.socketUrl}/ws`);
  const asks = [
    { type: "subscribe", symbols: "*", history: 100 },
    { type: "unsubscribe", symbols: "*" },
  ];
  for (let n = 0; n < 400; n += 1) client.send({ ...asks[n % 2], id: n });
  client.send({ type: "ping", id: "still here" });
  assert.equal((await client.nextOf("pong")).id, "still here");
  const done = client.received.filter(({ type }) => type === "ack").length;
  const refused = client.received.filter(({ type }) => type === "error");
  assert.equal(done + refused.length, 400);
  // However long it took to send them.
  assert.ok(done >= 20 && done < 200, `${done} are done`);
  assert.ok(refused.every(({ code }) => code === "rate_limited"));
});

/** Frames that break RFC 6455; masked with zeros, which leave the payload as it is. */
const BROKEN_FRAMES: Record<string, readonly number[]> = {
  "invalid UTF-8": [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28],
  "a UTF-8 surrogate": [0x81, 0x83, 0, 0, 0, 0, 0xed, 0xa0, 0x80],
  "a reserved bit": [0xc1, 0x81, 0, 0, 0, 0, 0x61],
  "a reserved opcode": [0x83, 0x81, 0, 0, 0, 0, 0x61],
  "a continuation of nothing": [0x80, 0x81, 0, 0, 0, 0, 0x61],
  "a fragmented ping": [0x09, 0x81, 0, 0, 0, 0, 0x61],
  "a length beyond all memory": [0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0],
};

test("A frame that breaks the WebSocket protocol ends its connection on every endpoint, and no other", async (server) => {
  await using other = await connect(`${server.socketUrl}/ws`);
  for (const [path, protocol] of ENDPOINTS) {
    for (const [name, bytes] of Object.entries(BROKEN_FRAMES)) {
      const headers = { "sec-websocket-protocol": protocol };
      const connection = await openHandshake(server.port, path, { headers });
      assert.equal((await readAnswer(connection)).status, 101);
      await connection.write(new Uint8Array(bytes));
      await withDeadline(end(connection), DEADLINE_MS, `wait for the end of ${name} on ${path}`);
      connection.close();
    }
  }
  other.send({ type: "ping", id: 1 });
  await other.nextOf("pong");
  await waitFor("the broken sockets to be gone", async () => {
    return (await (await fetch(`${server.url}/api/stats`)).json()).sockets === 1;
  });
  // The log called them closed by the client.
  await server.says(/code 1006 \(connection lost\)/);
});

/** Waits until the server closes the connection, with whatever it has sent before. */
async function end(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    while (await connection.read(buffer) !== null);
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
}
