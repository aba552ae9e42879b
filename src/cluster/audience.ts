import * as v from "valibot";
import type { Backbone } from "../backbone/backbone.ts";
import { errorText } from "../errors.ts";
import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";

/** The subject on which every server says how many sessions it has. */
const SUBJECT = "servers";
const SAY_INTERVAL_MS = 1000;
/** A server that has not been heard for so long is gone. */
const FORGET_MS = 5000;
const SERVERS_MAX = 1000;
const MESSAGE_BYTES_MAX = 1024;

const messageSchema = v.object({
  v: v.literal(1),
  server: v.pipe(v.string(), v.uuid()),
  sessions: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/** What one server says of its audience. */
export type ServerAudience = Pick<v.InferOutput<typeof messageSchema>, "server" | "sessions">;

interface HeardServer {
  readonly sessions: number;
  readonly heardAtMs: number;
}

const log = logger("cluster");

/** What a server says to the others, in bytes. */
export function encodeAudience({ server, sessions }: ServerAudience): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ v: 1, server, sessions }));
}

/**
 * Reads what `encodeAudience` wrote, somewhere else.
 *
 * @throws {Error} for what no server of this version says: anybody may speak on NATS
 */
export function decodeAudience(payload: Uint8Array): ServerAudience {
  if (payload.length > MESSAGE_BYTES_MAX) {
    const rule = `must be ${MESSAGE_BYTES_MAX} bytes at most, is ${payload.length}`;
    throw new Error(`Cannot read a server's audience: ${rule}`);
  }
  const data: unknown = JSON.parse(new TextDecoder().decode(payload));
  const { server, sessions } = v.parse(messageSchema, data);
  return { server, sessions };
}

/**
 * How many sessions each server has that gets prices. Whoever reads waits the longer for more prices the
 * more sessions there are (`GatherWindow`), and each server pays for its own: so the fullest one counts.
 */
export class Audience {
  readonly #backbone: Backbone;
  readonly #ownSessions: () => number;
  readonly #server = crypto.randomUUID();
  readonly #others = new Map<string, HeardServer>();

  /** @param ownSessions those of this server at present */
  constructor(backbone: Backbone, ownSessions: () => number) {
    this.#backbone = backbone;
    this.#ownSessions = ownSessions;
  }

  /** Sessions of the server that has the most. */
  sessionsMax(): number {
    const others = [...this.#others.values()].map(({ sessions }) => sessions);
    return Math.max(this.#ownSessions(), ...others);
  }

  /** Servers that are there, this one included. */
  get servers(): number {
    return this.#others.size + 1;
  }

  /** Says once a second how many this server has, and listens to the others, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const listening = this.#backbone.subscribe(SUBJECT, ({ payload }) => this.#hear(payload));
    while (!signal.aborted) {
      const said = { server: this.#server, sessions: this.#ownSessions() };
      this.#backbone.publish(SUBJECT, encodeAudience(said));
      const oldestMs = performance.now() - FORGET_MS;
      for (const [server, { heardAtMs }] of this.#others) {
        if (heardAtMs < oldestMs) this.#others.delete(server);
      }
      await sleep(SAY_INTERVAL_MS, signal);
    }
    listening.close();
  }

  #hear(payload: Uint8Array): void {
    try {
      const { server, sessions } = decodeAudience(payload);
      if (this.#others.size >= SERVERS_MAX && !this.#others.has(server)) return;
      this.#others.set(server, { sessions, heardAtMs: performance.now() });
    } catch (error) {
      log.debug("A server's number of sessions not understood: {reason}", {
        code: "cluster_bad_audience",
        reason: errorText(error),
      });
    }
  }
}
