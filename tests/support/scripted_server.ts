import type { Closable } from "../../src/lifecycle.ts";
import { waitFor } from "./wait_for.ts";

/** One connection as the test, which plays the server, sees it. */
export class ScriptedSession<Asked extends { type: string }, Sent> {
  readonly #socket: WebSocket;
  readonly #inbox: Asked[] = [];
  /** Settles with the close code when the client has gone. */
  readonly closed: Promise<number>;

  /** @param parse throws when a client's message is not allowed */
  constructor(socket: WebSocket, parse: (message: unknown) => Asked) {
    this.#socket = socket;
    socket.addEventListener("message", (event) => {
      this.#inbox.push(parse(JSON.parse(event.data)));
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", (event) => resolve(event.code));
    });
  }

  send(message: Sent): void {
    this.sendRaw(JSON.stringify(message));
  }

  /** Sends what the protocol does not allow. */
  sendRaw(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }

  /** The next message of a type; those of other types before it are passed over. */
  async receive<Type extends Asked["type"]>(type: Type): Promise<Extract<Asked, { type: Type }>> {
    return await waitFor(`the client to send ${type}`, () => {
      for (let message = this.#inbox.shift(); message; message = this.#inbox.shift()) {
        if (isOfType(message, type)) return message;
      }
    });
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }
}

/**
 * A protocol's server side over real sockets, played by the test: for what a healthy server never does.
 * What it does do is tested against the real one.
 */
export class ScriptedServer<Session> implements Closable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #protocol: string;
  readonly #open: (socket: WebSocket) => Session;
  readonly #sessions: Session[] = [];
  #accepted = 0;
  /** What each client offered so far, one list a connection. */
  readonly offers: string[][] = [];
  /** When set, upgrades are answered with this status. */
  refuseWith: number | undefined;
  /** When false, upgrades are answered without a subprotocol. */
  speaksProtocol = true;

  constructor(protocol: string, open: (socket: WebSocket) => Session, port = 0) {
    this.#protocol = protocol;
    this.#open = open;
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
  async next(): Promise<Session> {
    return await waitFor("a client to connect", () => this.#sessions.shift());
  }

  async close(): Promise<void> {
    await this.#server.shutdown();
  }

  #answer(request: Request): Response {
    this.#accepted += 1;
    this.offers.push(request.headers.get("sec-websocket-protocol")?.split(", ") ?? []);
    if (this.refuseWith !== undefined) return new Response(null, { status: this.refuseWith });
    const { socket, response } = Deno.upgradeWebSocket(
      request,
      this.speaksProtocol ? { protocol: this.#protocol } : {},
    );
    socket.addEventListener("open", () => this.#sessions.push(this.#open(socket)));
    return response;
  }
}

function isOfType<Message extends { type: string }, Type extends Message["type"]>(
  message: Message,
  type: Type,
): message is Extract<Message, { type: Type }> {
  return message.type === type;
}
