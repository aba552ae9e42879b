import assert from "node:assert/strict";
import { handshake } from "../support/handshake.ts";
import { type Message, openSocket } from "../support/plain_socket.ts";
import type { TestServer } from "../support/server.ts";
import { serverTest as test } from "../support/server_stage.ts";
import { StalledClient } from "../support/stalled_client.ts";
import { waitFor } from "../support/wait_for.ts";

const CLIENTS = 50;
/** Messages of 60 KB that a client may have on their way: just under SEND_BUFFER_BYTES_MAX. */
const WINDOW = 16;

async function stats(server: TestServer): Promise<Record<string, number>> {
  return await (await fetch(`${server.url}/api/stats`)).json();
}

function bytesOf(message: Message): Uint8Array {
  assert.ok(message instanceof ArrayBuffer, "the message is binary");
  return new Uint8Array(message);
}

test("Echo greets with a text, then returns text as text and bytes as bytes", async ({ server }) => {
  await using client = await openSocket(`${server.socketUrl}/echo`);
  assert.equal(typeof await client.next("the welcome"), "string");
  for (const text of ["hello", "", "/stats", '{"type":"subscribe"}', "zwölf 🙂 \u0000"]) {
    client.socket.send(text);
    assert.equal(await client.next(`the echo of ${text}`), text);
  }
  for (const bytes of [new Uint8Array(), new Uint8Array([0, 1, 255, 10, 13])]) {
    client.socket.send(bytes);
    assert.deepEqual(bytesOf(await client.next("the echo of bytes")), bytes);
  }
});

test("Echo returns messages up to MAX_MESSAGE_BYTES, in order, and closes with 1009 beyond", async ({ server }) => {
  await using client = await openSocket(`${server.socketUrl}/echo`);
  await client.next("the welcome");
  for (let round = 0; round < 10; round++) {
    const sent = Array.from({ length: WINDOW }, (_, n) => new Uint8Array(60_000).fill(n));
    for (const bytes of sent) client.socket.send(bytes);
    for (const bytes of sent) {
      const echoed = bytesOf(await client.next("a large echo"));
      assert.equal(echoed.length, bytes.length);
      assert.equal(echoed[0], bytes[0]);
      assert.equal(echoed.at(-1), bytes.at(-1));
    }
  }
  client.socket.send("x".repeat(65_536));
  assert.equal(String(await client.next("the largest echo")).length, 65_536);
  client.socket.send("x".repeat(65_537));
  await waitFor("the close", () => client.closed !== undefined);
  assert.equal(client.closed?.code, 1009);
});

test("Echo serves many clients at once, each its own messages", async ({ server }) => {
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, () => openSocket(`${server.socketUrl}/echo`)),
  );
  await Promise.all(clients.map(async (client, index) => {
    await client.next("the welcome");
    for (let round = 0; round < 20; round++) client.socket.send(`${index}.${round}`);
    for (let round = 0; round < 20; round++) {
      assert.equal(await client.next("an echo"), `${index}.${round}`);
    }
  }));
  const { sessions_echo, active_clients } = await stats(server);
  assert.equal(sessions_echo, CLIENTS);
  assert.equal(active_clients, 0, "they are no clients of the price feed");
  await Promise.all(clients.map((client) => client.close()));
  await waitFor("no more sessions", async () => (await stats(server)).sessions_echo === 0);
  assert.equal((await stats(server)).sockets, 0);
});

const LOUD = { LOG_LEVEL: "debug" };

test(
  "Echo logs who comes and goes, with the count, also when a client breaks off",
  async ({ server }) => {
    await using stays = await openSocket(`${server.socketUrl}/echo`);
    const breaksOff = await StalledClient.open(server.port, null, "/echo");
    await server.says(/Session opened: echo .* 2 active/);
    breaksOff[Symbol.dispose]();
    await server.says(/Session closed: echo .* 1 active/);
    await stays.next("the welcome");
    stays.socket.send("still here");
    assert.equal(await stays.next("the echo"), "still here");
  },
  LOUD,
);

test(
  "Echo lets go a client that sends without reading, and disturbs nobody",
  async ({ server }) => {
    await using reader = await openSocket(`${server.socketUrl}/echo`);
    await reader.next("the welcome");
    using stalled = await StalledClient.open(server.port, null, "/echo");
    // The kernel's buffers take some megabytes before the server's own begins to fill.
    await waitFor("the drop", async () => {
      for (let n = 0; n < 20; n++) await stalled.sendZeros(60_000);
      return (await stats(server)).slow_drops_total === 1;
    }, 30_000);
    await server.says(/echo .* code 4008/);
    reader.socket.send("undisturbed");
    assert.equal(await reader.next("the echo"), "undisturbed");
    assert.equal((await stats(server)).sessions_echo, 1);
  },
  { SEND_BUFFER_BYTES_MAX: "65536", SLOW_CLIENT_DEADLINE_MS: "1000" },
);

test("Echo refuses subprotocols, foreign origins and plain HTTP, and says why", async ({ server }) => {
  const protocol = await handshake(server.port, "/echo", {
    headers: { "sec-websocket-protocol": "chat" },
  });
  assert.equal(protocol.status, 400);
  assert.match(protocol.body, /Sec-WebSocket-Protocol must be absent/);
  const origin = await handshake(server.port, "/echo", {
    headers: { origin: "https://evil.example" },
  });
  assert.equal(origin.status, 403);
  const plain = await fetch(`${server.url}/echo`);
  assert.equal(plain.status, 426);
  assert.match(await plain.text(), /WebSocket handshake/);
});

test("Echo closes with 1001 when the server stops", async ({ server }) => {
  await using client = await openSocket(`${server.socketUrl}/echo`);
  await client.next("the welcome");
  assert.equal(await server.stop(), 0);
  await waitFor("the close", () => client.closed !== undefined);
  assert.equal(client.closed?.code, 1001);
});
