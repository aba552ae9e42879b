import assert from "node:assert/strict";
import http2 from "node:http2";
import { CHAT_PROTOCOL_JSON } from "../../src/session/chat_protocol.ts";
import { PRICE_PROTOCOL_DEFLATE, PRICE_PROTOCOL_JSON } from "../../src/session/protocol.ts";
import { connect } from "../support/dialogue.ts";
import {
  handshake,
  type HandshakeOptions,
  openHandshake,
  readAnswer,
} from "../support/handshake.ts";
import type { TestServer } from "../support/server.ts";
import { serverTest as test } from "../support/server_stage.ts";
import { waitFor } from "../support/wait_for.ts";

const PATHS = ["/", "/ws", "/echo", "/events", "/chat", "/chat/room"];

/** Opens a socket from an address that a proxy vouches for. */
async function openFrom(server: TestServer, address: string): Promise<Deno.TcpConn & Opened> {
  const headers = { "x-forwarded-for": address };
  const connection = await openHandshake(server.port, "/echo", { headers });
  const { status, headers: answered } = await readAnswer(connection);
  return Object.assign(connection, { status, retryAfter: answered.get("retry-after") });
}

interface Opened {
  readonly status: number;
  readonly retryAfter: string | null;
}

/** Speaks HTTP/2 without TLS, and names any host. */
function http2Client(url: string) {
  const session = http2.connect(url);
  return {
    async status(
      path: string,
      authority: string,
      headers: Record<string, string> = {},
    ): Promise<number> {
      const request = session.request({ ":path": path, ":authority": authority, ...headers });
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      request.on("response", (headers) => resolve(Number(headers[":status"])));
      request.on("error", reject);
      request.resume();
      request.end();
      return await promise;
    },
    [Symbol.dispose]: () => session.destroy(),
  };
}

async function sockets(server: TestServer): Promise<number> {
  return (await (await fetch(`${server.url}/api/stats`)).json()).sockets;
}

const BROKEN: readonly [number, HandshakeOptions][] = [
  [400, { method: "POST" }],
  [400, { headers: { connection: "close" } }],
  [400, { headers: { connection: "not-an-upgrade" } }],
  [400, { headers: { host: null } }],
  [426, { headers: { "sec-websocket-version": "8" } }],
  [426, { headers: { "sec-websocket-version": null } }],
  [426, { headers: { "sec-websocket-version": "13, 8" } }],
  [400, { headers: { "sec-websocket-key": null } }],
  [400, { headers: { "sec-websocket-key": "short" } }],
  [400, { headers: { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAB==" } }],
  [400, { headers: { "sec-websocket-protocol": "mqtt" } }],
  [403, { headers: { origin: "https://evil.example" } }],
  [403, { headers: { origin: "https://127.0.0.1.evil.example" } }],
  [421, { headers: { host: "evil.example" } }],
  [421, { headers: { host: "evil.example", origin: "http://evil.example" } }],
];

test("A handshake that breaks a rule is refused before the upgrade, on every path", async ({ server }) => {
  for (const path of PATHS) {
    for (const [status, options] of BROKEN) {
      const answer = await handshake(server.port, path, options);
      assert.equal(answer.status, status, `${path} ${JSON.stringify(options)}: ${answer.body}`);
      assert.match(answer.body, /^Cannot .*\n$/);
      if (status === 426) assert.equal(answer.headers.get("sec-websocket-version"), "13");
    }
  }
  assert.equal(await sockets(server), 0);
});

test(
  "A handshake of a program, of the server's own page and of a listed origin is accepted",
  async ({ server }) => {
    const own = `http://127.0.0.1:${server.port}`;
    for (const origin of [null, own, "https://desk.example", "null", "http://localhost:3000"]) {
      assert.equal((await handshake(server.port, "/ws", { headers: { origin } })).status, 101);
    }
    const relaxed = { connection: "keep-alive, upgrade", upgrade: "WebSocket" };
    assert.equal((await handshake(server.port, "/ws", { headers: relaxed })).status, 101);
    const named = { host: "feed.example" };
    assert.equal((await handshake(server.port, "/ws", { headers: named })).status, 101);
  },
  { ALLOWED_ORIGINS: "https://desk.example", ALLOWED_HOSTS: "Feed.Example" },
);

test("A list of subprotocols is read with and without blanks, and the first known one taken", async ({ server }) => {
  const taken = async (path: string, offered: string) => {
    const headers = { "sec-websocket-protocol": offered };
    const answer = await handshake(server.port, path, { headers });
    assert.equal(answer.status, 101, offered);
    return answer.headers.get("sec-websocket-protocol");
  };
  // "a,b" made Deno throw, so that the client got 500.
  const [json, deflate] = [PRICE_PROTOCOL_JSON, PRICE_PROTOCOL_DEFLATE];
  assert.equal(await taken("/ws", `${deflate},${json}`), deflate);
  assert.equal(await taken("/ws", `mqtt ,\t${json}, ${deflate}`), json);
  assert.equal(await taken("/chat", `a,,b,${CHAT_PROTOCOL_JSON}`), CHAT_PROTOCOL_JSON);
  assert.equal(await taken("/ws", ""), null);
});

test("A name that somebody else can point at this machine gets 421, over HTTP too", async ({ server }) => {
  const plain = { connection: "close", upgrade: null, host: "evil.example" };
  for (const path of ["/", "/api/prices", "/api/stats", "/healthz", "/nothing"]) {
    assert.equal((await handshake(server.port, path, { headers: plain })).status, 421, path);
  }
  const local = { ...plain, host: `localhost:${server.port}` };
  assert.equal((await handshake(server.port, "/api/stats", { headers: local })).status, 200);
});

test("A name that somebody else can point at this machine gets 421 over HTTP/2 as well", async ({ server }) => {
  // HTTP/2 has no Host header, and a request without one was taken for a program's.
  using client = http2Client(server.url);
  assert.equal(await client.status("/api/stats", "evil.example"), 421);
  assert.equal(await client.status("/api/stats", `127.0.0.1:${server.port}`), 200);
});

test(
  "MAX_SESSIONS is counted over all workers; beyond it 503 says when to come back",
  async ({ server }) => {
    await using first = await connect(`${server.socketUrl}/ws`);
    await using second = await connect(`${server.socketUrl}/chat`, CHAT_PROTOCOL_JSON);
    for (let n = 0; n < 8; n++) {
      const answer = await handshake(server.port, "/echo");
      assert.equal(answer.status, 503);
      assert.ok(Number(answer.headers.get("retry-after")) > 0);
    }
    await second[Symbol.asyncDispose]();
    await waitFor("room", async () => (await handshake(server.port, "/echo")).status === 101);
    assert.equal(first.closed, undefined);
  },
  { MAX_SESSIONS: "2" },
);

test(
  "MAX_SESSIONS_PER_IP is counted over all workers, by the address that a trusted proxy states",
  async ({ server }) => {
    const opened: Deno.TcpConn[] = [];
    const status = async (address: string) => {
      const connection = await openFrom(server, address);
      opened.push(connection);
      return connection.status;
    };
    for (let n = 0; n < 3; n++) assert.equal(await status("203.0.113.9"), 101);
    for (let n = 0; n < 8; n++) assert.equal(await status("203.0.113.9"), 429);
    assert.equal(
      await status("192.0.2.1, 203.0.113.9"),
      429,
      "what the client adds is not believed",
    );
    assert.equal(await status("203.0.113.10"), 101);
    for (let n = 0; n < 3; n++) assert.equal(await status(`2001:db8::${n}`), 101);
    assert.equal(await status("2001:db8::ffff"), 429, "a /64 counts as one");
    assert.equal(await status("2001:db8:0:1::1"), 101);
    const refused = await openFrom(server, "203.0.113.9");
    assert.ok(Number(refused.retryAfter) > 0);
    refused.close();
    for (const connection of opened) connection.close();
    await waitFor("room for the address", async () => {
      const connection = await openFrom(server, "203.0.113.9");
      connection.close();
      return connection.status === 101;
    });
    await server.says(/from 203\.0\.113\.9 through 127\.0\.0\.1:\d+/);
  },
  { MAX_SESSIONS_PER_IP: "3", TRUSTED_PROXIES: "127.0.0.1" },
);

test(
  "Without a trusted proxy the peer's own address counts, whatever it forwards",
  async ({ server }) => {
    using first = await openFrom(server, "203.0.113.1");
    using second = await openFrom(server, "203.0.113.2");
    assert.deepEqual([first.status, second.status], [101, 429]);
  },
  { MAX_SESSIONS_PER_IP: "1" },
);

test("A request with headers beyond 16 KB is refused with 431 before anybody takes one apart", async ({ server }) => {
  // As many commas as Deno takes, in Accept-Encoding or in a list of subprotocols, took a worker milliseconds.
  const commas = "a,".repeat(8193);
  for (const name of ["accept-encoding", "sec-websocket-protocol", "authorization", "x-anything"]) {
    for (const path of ["/ws", "/"]) {
      const answer = await handshake(server.port, path, { headers: { [name]: commas } });
      assert.equal(answer.status, 431, name);
      assert.match(answer.body, /^Cannot serve: .* 16384 characters, have \d+\n$/);
    }
  }
  const plain = { connection: "close", upgrade: null, "x-anything": "a".repeat(60_000) };
  assert.equal((await handshake(server.port, "/", { headers: plain })).status, 431);
  using client = http2Client(server.url);
  const authority = `127.0.0.1:${server.port}`;
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`x-anything-${n}`, "a".repeat(500)]),
  );
  assert.equal(await client.status("/", authority, many), 431);
  const long = { "x-anything": "a".repeat(15_000) };
  assert.equal((await handshake(server.port, "/ws", { headers: long })).status, 101);
  await server.says(/header values together/);
});

test("A refusal quotes little of a request, however much there is to quote", async ({ server }) => {
  const long = "x".repeat(15_000);
  const refused: readonly [number, string, HandshakeOptions][] = [
    [403, "/ws", { headers: { origin: `http://${long}` } }],
    [426, "/ws", { headers: { "sec-websocket-version": long } }],
    [421, "/ws", { headers: { host: long } }],
    [404, "/nothing", { method: long, headers: { connection: "close", upgrade: null } }],
    [400, `/events?topics=${long}`, {}],
    [400, `/chat/${long}`, {}],
  ];
  for (const [status, path, options] of refused) {
    const answer = await handshake(server.port, path, options);
    assert.equal(answer.status, status, path);
    assert.ok(answer.body.length <= 600, `${path}: ${answer.body.length}`);
  }
});
