import assert from "node:assert/strict";
import { SharedMetrics } from "../../src/metrics.ts";
import { Lease } from "../../src/session/lease.ts";
import type { OutboxTotals } from "../../src/session/outbox.ts";
import { SessionRegistry } from "../../src/session/registry.ts";
import { SendBuffers } from "../../src/session/send_buffers.ts";
import type { Session, SessionSocket } from "../../src/session/session.ts";
import type { SessionGroup } from "../../src/session/session_group.ts";
import { SessionLog } from "../../src/session/session_log.ts";
import { openSocket, type PlainSocket } from "./plain_socket.ts";
import { LIMITS } from "./session_limits.ts";

/** What may wait in all sockets together. */
export const BUFFERS_BYTES_MAX = 8 * 1024 * 1024;

/** No window ends before its test does. */
const LINES = { linesMax: 3, windowMs: 3_600_000 };

/** Answers each message with "heard" and counts it as conflated, throws at "throw", owes so many parts. */
export class FragileSession implements Session {
  readonly kind = "echo";
  parts = 0;
  /** Quotes that it says wait for its client. */
  waitingQuotes = 0;
  readonly #socket: SessionSocket;
  #heard = 0;

  constructor(socket: SessionSocket) {
    this.#socket = socket;
  }

  start(): void {
    this.#socket.send("welcome");
  }

  receive(data: unknown): boolean {
    this.#heard += 1;
    if (data === "throw") throw new Error("thrown by a test");
    this.#socket.send("heard");
    return data !== "malformed";
  }

  get totals(): OutboxTotals {
    return { delivered: 0, conflated: this.#heard, waiting: this.waitingQuotes };
  }

  get waiting(): boolean {
    return this.parts > 0;
  }

  get ready(): boolean {
    return this.parts > 0;
  }

  pump(): void {
    this.parts -= 1;
    this.#socket.send(`${this.parts} parts left`);
  }

  announceClosing(): void {
    this.#socket.send("closing");
  }

  say(text: string): void {
    this.#socket.send(text);
  }
}

/** A registry with one group behind a real server. */
export interface RegistryStage {
  readonly registry: SessionRegistry;
  readonly metrics: SharedMetrics;
  readonly buffers: SendBuffers;
  readonly group: SessionGroup<FragileSession>;
  /** What is done with each session when the clock strikes. */
  readonly beats: { act: (session: FragileSession) => void };
  readonly port: number;
  client(): Promise<PlainSocket>;
}

/** A test of a registry whose clients come through a socket. */
export function testRegistry(name: string, run: (stage: RegistryStage) => Promise<void>): void {
  Deno.test(name, async () => {
    const metrics = new SharedMetrics(1);
    const counters = metrics.writer(0);
    const buffers = new SendBuffers({
      ...LIMITS,
      bytesMax: BUFFERS_BYTES_MAX,
      workers: 1,
      metrics,
      counters,
    });
    const registry = new SessionRegistry({
      limits: LIMITS,
      metrics,
      counters,
      buffers,
      log: new SessionLog(LINES, LINES),
      turnMs: 0,
      beatSessionsMax: 1,
    });
    const beats: RegistryStage["beats"] = { act: (session) => session.say("beat") };
    const group = registry.group<FragileSession>({ endpoint: "echo", beat: () => () => beats.act });
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 1 });
      group.open(
        socket,
        { peer: "a test", address: "127.0.0.1", lease: Lease.open },
        (outlet) => new FragileSession(outlet),
      );
      return response;
    });
    const clients: PlainSocket[] = [];
    try {
      await run({
        registry,
        metrics,
        buffers,
        group,
        beats,
        port: server.addr.port,
        async client() {
          const client = await openSocket(`ws://127.0.0.1:${server.addr.port}/`);
          clients.push(client);
          assert.equal(await client.next("the welcome"), "welcome");
          return client;
        },
      });
    } finally {
      await Promise.all(clients.map((client) => client.close()));
      registry.close();
      await server.shutdown();
    }
  });
}
