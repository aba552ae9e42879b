import * as v from "valibot";
import { deflateFrame } from "../../src/session/deflate_frame.ts";
import {
  type AuthRequest,
  authRequestSchema,
  type AuthTerms,
  type ClientMessage,
  clientMessageSchema,
  PRICE_PROTOCOL_DEFLATE,
  PRICE_PROTOCOL_JSON,
  type ServerMessage,
  type WireQuote,
} from "../../src/session/protocol.ts";
import { ScriptedServer, ScriptedSession } from "./scripted_server.ts";

/** Everything that a client says. */
type Message = ClientMessage | AuthRequest;

/** A client's message of one type. */
type Asked<Type extends Message["type"]> = Extract<Message, { type: Type }>;

/** One connection of the price feed as the test, which plays the server, sees it. */
export class ProtocolSession extends ScriptedSession<Message, ServerMessage> {
  readonly #compressed: boolean;

  constructor(socket: WebSocket, protocol: string) {
    super(socket, (message) => v.parse(v.union([clientMessageSchema, authRequestSchema]), message));
    this.#compressed = protocol === PRICE_PROTOCOL_DEFLATE;
  }

  /** Compressed, where the subprotocol says so. */
  override send(message: ServerMessage): void {
    if (!this.#compressed) return super.send(message);
    this.sendRaw(deflateFrame(JSON.stringify(message)));
  }

  hello(entries: { epoch?: string; heartbeatMs?: number; auth?: AuthTerms } = {}): void {
    this.send({
      type: "hello",
      session: crypto.randomUUID(),
      epoch: entries.epoch ?? "epoch-1",
      server_time: Date.now(),
      heartbeat_ms: entries.heartbeatMs ?? 1000,
      limits: {},
      auth: entries.auth,
    });
  }

  heartbeat(seq = 0, status: "live" | "down" = "live"): void {
    const feed = { status, mode: "poll", age_ms: 10 } as const;
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

/** The price protocol's server side, played by the test. */
export class ProtocolServer extends ScriptedServer<ProtocolSession> {
  constructor(port = 0, protocol: string = PRICE_PROTOCOL_JSON) {
    super(protocol, (socket) => new ProtocolSession(socket, protocol), port);
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
