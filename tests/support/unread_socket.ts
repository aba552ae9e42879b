import assert from "node:assert/strict";
import { openHandshake, readAnswer } from "./handshake.ts";
import { waitFor } from "./wait_for.ts";

const FRAME = "x".repeat(1_000_000);

/** A server's socket and the raw other end of it, which reads nothing. */
export class UnreadSocket {
  readonly #server: Deno.HttpServer;
  /** The server's end. */
  readonly socket: WebSocket;
  readonly client: Deno.TcpConn;

  private constructor(server: Deno.HttpServer, socket: WebSocket, client: Deno.TcpConn) {
    this.#server = server;
    this.socket = socket;
    this.client = client;
  }

  /** @param idleTimeout seconds without a word after which Deno closes the socket by itself */
  static async open(idleTimeout = 60): Promise<UnreadSocket> {
    const opened = Promise.withResolvers<WebSocket>();
    const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
    const server = Deno.serve(options, (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout });
      // Connections break here, which is no fault of the test.
      socket.onerror = () => {};
      socket.onopen = () => opened.resolve(socket);
      return response;
    });
    const client = await openHandshake(server.addr.port, "/");
    assert.equal((await readAnswer(client)).status, 101);
    return new UnreadSocket(server, await opened.promise, client);
  }

  /** Sends until something waits, beyond what the kernel takes. */
  async fill(): Promise<void> {
    await waitFor("a full socket", () => {
      this.socket.send(FRAME);
      return this.socket.bufferedAmount > 4 * FRAME.length;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.client.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    await this.#server.shutdown();
  }
}
