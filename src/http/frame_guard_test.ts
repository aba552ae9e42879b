import assert from "node:assert/strict";
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { openHandshake, readAnswer } from "../../tests/support/handshake.ts";
import { EMPTY_FRAMES } from "../../tests/support/frame_flood.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { withDeadline } from "../lifecycle.ts";
import { CLOSE_CODES } from "../session/close_codes.ts";
import { closeSocket } from "../session/socket_end.ts";
import { FrameGuard, type FrameGuardOptions } from "./frame_guard.ts";

const DEADLINE_MS = 30_000;
/** More frames than are heard out of one that has been closed. */
const BEHIND_CLOSE = 200;

/** A guard before a real server, and a client of it. */
class Fixture implements AsyncDisposable {
  readonly refused: string[] = [];
  readonly sockets: WebSocket[] = [];
  readonly guard: FrameGuard;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  received = 0;

  constructor(options: Partial<FrameGuardOptions> = {}) {
    const note = (rule: string, reason: string, peer: string) => {
      this.refused.push(`${rule} by ${peer}`);
      return reason;
    };
    this.guard = new FrameGuard({ messagesPerSecondMax: 1, refusals: { note }, ...options });
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      this.guard.watch(socket, "a test");
      this.sockets.push(socket);
      socket.onmessage = () => this.received += 1;
      return response;
    });
  }

  async open(): Promise<Deno.TcpConn> {
    const client = await openHandshake(this.#server.addr.port, "/");
    assert.equal((await readAnswer(client)).status, 101);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** So many frames, in as few packets as they go into. */
async function send(
  client: Deno.TcpConn,
  frame: readonly number[],
  count: number,
): Promise<void> {
  const bytes = new Uint8Array(Array.from({ length: count }, () => frame).flat());
  for (let sent = 0; sent < bytes.length;) sent += await client.write(bytes.subarray(sent));
}

async function untilCutOff(client: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1024);
  const read = async () => {
    try {
      while (await client.read(buffer) !== null);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
  };
  await withDeadline(read(), DEADLINE_MS, "wait for the end of the connection");
}

for (const [name, frame] of Object.entries(EMPTY_FRAMES)) {
  Deno.test(`FrameGuard.watch() cuts off a client after too many frames of kind ${name}`, async () => {
    // This fails as well when Deno no longer calls the private method by which pongs are counted, or has renamed
    // it: then a flood of pongs holds up a worker, and there has to be another way.
    await using fixture = new Fixture();
    using client = await fixture.open();
    await send(client, frame, fixture.guard.framesMax + BEHIND_CLOSE);
    await untilCutOff(client);
    assert.deepEqual(fixture.refused, ["flood by a test"]);
  });
}

Deno.test("FrameGuard.watch() lets through as many frames as are allowed, turn after turn", async () => {
  await using fixture = new Fixture();
  using client = await fixture.open();
  // One less: Deno calls the method when the socket opens, too.
  const frames = fixture.guard.framesMax - 1;
  for (const turn of [1, 2]) {
    await send(client, EMPTY_FRAMES.message, frames);
    await waitFor("the messages", () => fixture.received === turn * frames);
    // The guard's timer was set before this one, for no longer.
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  await send(client, EMPTY_FRAMES.message, 1);
  await waitFor("one more", () => fixture.received === 2 * frames + 1);
  assert.deepEqual(fixture.refused, []);
});

for (const [name, frame] of Object.entries(EMPTY_FRAMES)) {
  Deno.test(`FrameGuard.watch() drops a client that has been closed and sends on, by frames of kind ${name}`, async () => {
    await using fixture = new Fixture();
    using client = await fixture.open();
    const [socket] = fixture.sockets;
    assert.ok(socket);
    await waitFor("the socket to open", () => socket.readyState === WebSocket.OPEN);
    closeSocket(socket, CLOSE_CODES.goingAway);
    await send(client, frame, BEHIND_CLOSE);
    await untilCutOff(client);
    assert.deepEqual(fixture.refused, []);
  });
}

Deno.test("FrameGuard says so where it cannot count pongs, and counts messages all the same", async () => {
  const records: LogRecord[] = [];
  await configure({
    sinks: { memory: (record) => records.push(record) },
    loggers: [
      { category: ["quotewire"], sinks: ["memory"] },
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  await using fixture = new Fixture({ hookName: "renamed" });
  await reset();
  assert.deepEqual(records.map(({ properties }) => properties["code"]), ["http_pongs_uncounted"]);
  using client = await fixture.open();
  await send(client, EMPTY_FRAMES.message, fixture.guard.framesMax + BEHIND_CLOSE);
  await untilCutOff(client);
  assert.deepEqual(fixture.refused, ["flood by a test"]);
});
