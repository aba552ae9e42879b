import * as v from "valibot";
import type { Closable } from "../../src/lifecycle.ts";
import {
  type ClientMessage,
  clientMessageSchema,
  PRICE_PROTOCOL_JSON,
  type ServerMessage,
  type WireQuote,
} from "../../src/session/protocol.ts";
import { waitFor } from "./wait_for.ts";

/** A client's message of one type. */
type Asked<Type extends ClientMessage["type"]> = Extract<ClientMessage, { type: Type }>;

/** One connection as the test, which plays the server, sees it. */
export class ProtocolSession {
  readonly #socket: WebSocket;
  readonly #inbox: ClientMessage[] = [];
  /** Settles with the close code when the client has gone. */
  readonly closed: Promise<number>;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", (event) => {
      this.#inbox.push(v.parse(clientMessageSchema, JSON.parse(event.data)));
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", (event) => resolve(event.code));
    });
  }

  send(message: ServerMessage): void {
    this.sendRaw(JSON.stringify(message));
  }

  /** Sends what the protocol does not allow. */
  sendRaw(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }

  /** The next message of a type; those of other types before it are passed over. */
  async receive<Type extends ClientMessage["type"]>(type: Type): Promise<Asked<Type>> {
    return await waitFor(`the client to send ${type}`, () => {
      for (let message = this.#inbox.shift(); message; message = this.#inbox.shift()) {
        if (isOfType(message, type)) return message;
      }
    });
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  hello(entries: { epoch?: string; heartbeatMs?: number } = {}): void {
    this.send({
      type: "hello",
      session: crypto.randomUUID(),
      epoch: entries.epoch ?? "epoch-1",
      server_time: Date.now(),
      heartbeat_ms: entries.heartbeatMs ?? 1000,
      limits: {},
    });
  }

  heartbeat(seq = 0): void {
    const feed = { status: "live", mode: "poll", age_ms: 10 } as const;
    this.send({ type: "heartbeat", seq, server_time: Date.now(), feed });
  }

  acknowledge(asked: Asked<"subscribe"> | Asked<"resume">): void {
    this.send({
      type: "ack",
      id: asked.id,
      subscription: {
        symbols: asked.symbols,
        sources: asked.sources ?? "*",
        history: asked.history ?? 0,
        max_rate_ms: asked.max_rate_ms ?? 0,
      },
    });
  }

  snapshot(seq: number, quotes: WireQuote[], entries: { epoch?: string } = {}): void {
    this.send({
      type: "snapshot",
      epoch: entries.epoch ?? "epoch-1",
      seq,
      quotes,
      complete: true,
    });
  }

  update(seq: number, quotes: WireQuote[], conflated?: number): void {
    this.send({
      type: "update",
      seq,
      quotes,
      ...(conflated === undefined ? {} : { conflated }),
    });
  }

  /** Greets a client that connects for the first time and gives it what it subscribes to. */
  async welcome(seq: number, quotes: WireQuote[]): Promise<Asked<"subscribe">> {
    this.hello();
    const asked = await this.receive("subscribe");
    this.acknowledge(asked);
    this.snapshot(seq, quotes);
    return asked;
  }
}

/**
 * The price protocol's server side over real sockets, played by the test: for what a healthy server never
 * does. What it does do is tested against the real one.
 */
export class ProtocolServer implements Closable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #sessions: ProtocolSession[] = [];
  #accepted = 0;
  /** When set, upgrades are answered with this status. */
  refuseWith: number | undefined;
  /** When false, upgrades are answered without a subprotocol. */
  speaksProtocol = true;

  constructor(port = 0) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  get port(): number {
    return this.#server.addr.port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  /** Connections accepted or refused so far. */
  get attempts(): number {
    return this.#accepted;
  }

  /** The next client that connects. */
  async next(): Promise<ProtocolSession> {
    return await waitFor("a client to connect", () => this.#sessions.shift());
  }

  async close(): Promise<void> {
    await this.#server.shutdown();
  }

  #answer(request: Request): Response {
    this.#accepted += 1;
    if (this.refuseWith !== undefined) return new Response(null, { status: this.refuseWith });
    const { socket, response } = Deno.upgradeWebSocket(
      request,
      this.speaksProtocol ? { protocol: PRICE_PROTOCOL_JSON } : {},
    );
    socket.addEventListener("open", () => this.#sessions.push(new ProtocolSession(socket)));
    return response;
  }
}

/** A quote on the wire; `timestamp` decides which is newer. */
export function wireQuote(
  symbol: string,
  price: number,
  timestamp: number,
  rest: Partial<WireQuote> = {},
): WireQuote {
  return { symbol, source: "test", price, timestamp, time: timestamp * 1000, ...rest };
}

function isOfType<Type extends ClientMessage["type"]>(
  message: ClientMessage,
  type: Type,
): message is Asked<Type> {
  return message.type === type;
}
