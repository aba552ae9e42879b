import type { ConnectionOptions, Server } from "@nats-io/nats-core";
import { extractProtocolMessage, INFO, type Transport } from "@nats-io/nats-core/internal";
import * as v from "valibot";
import { errorText } from "../errors.ts";
import { hostExcerpt } from "../excerpt.ts";

const READ_BYTES = 64 * 1024;
/** How long a server's greeting may be. */
const GREETING_BYTES_MAX = 64 * 1024;

const greetingSchema = v.object({
  tls_required: v.optional(v.boolean()),
  tls_available: v.optional(v.boolean()),
});

/** What the client is told, which it hands on to the transport as it is. */
export interface DialOptions extends ConnectionOptions {
  /** Ends the connection when it aborts. */
  readonly signal: AbortSignal;
}

/**
 * The bytes between the NATS client and a server, over Deno's own sockets.
 *
 * In place of the package `@nats-io/transport-node`, because of what that leaves to chance (3.4.0 on Deno
 * 2.9.6): between the greeting and the first message nobody listens for errors of its socket, so that a
 * server that resets the connection then ends the process (`Uncaught Error: read ECONNRESET`, watched with a
 * server that refuses a login); and an attempt that a mute server never answers leaves its socket open.
 */
export class TcpTransport implements Transport {
  readonly lang = "deno";
  readonly version = Deno.version.deno;
  closeError?: Error;
  readonly #abort = new AbortController();
  readonly #closed = Promise.withResolvers<void | Error>();
  #connection: Deno.TcpConn | Deno.TlsConn | undefined;
  #greeting = new Uint8Array();
  #isEncrypted = false;
  #isConnected = false;
  #writing: Promise<void> = Promise.resolve();

  get isClosed(): boolean {
    return this.#abort.signal.aborted;
  }

  /** @throws {Error} when there is no connection to be had, or none as safe as it has to be */
  async connect(server: Server, { tls, signal: stop }: DialOptions): Promise<void> {
    const { signal } = this.#abort;
    stop.addEventListener("abort", () => this.#end(), { once: true, signal });
    if (stop.aborted) this.#end();
    const { hostname, port } = server;
    const plain = this.#keep(await Deno.connect({ hostname, port, signal }));
    plain.setNoDelay(true);
    this.#greeting = await readGreeting(plain);
    const { tls_required, tls_available } = parseGreeting(this.#greeting);
    if (tls && !tls_required && !tls_available) {
      throw new Error(`Cannot use NATS at ${hostExcerpt(hostname)}: must speak TLS, does not`);
    }
    if (tls || tls_required) {
      const caCerts = tls?.ca === undefined ? [] : [tls.ca];
      const secure = this.#keep(await Deno.startTls(plain, { hostname, caCerts }));
      await secure.handshake();
      this.#isEncrypted = true;
    }
    this.#isConnected = true;
  }

  /** What the server says, its greeting first, until the connection ends. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    yield this.#greeting;
    const buffer = new Uint8Array(READ_BYTES);
    while (!this.isClosed) {
      const length = await this.#read(buffer);
      if (length === null) return;
      yield buffer.slice(0, length);
    }
  }

  isEncrypted(): boolean {
    return this.#isEncrypted;
  }

  /** Frames leave in their order; a failure ends the connection. */
  send(frame: Uint8Array): void {
    this.#writing = this.#writing.then(() => this.#write(frame)).catch((error: unknown) => {
      this.#end(asError(error));
    });
  }

  close(error?: Error): Promise<void> {
    this.#end(error);
    return Promise.resolve();
  }

  disconnect(): void {
    this.#end();
  }

  closed(): Promise<void | Error> {
    return this.#closed.promise;
  }

  /** As `close`, where nobody wants to hear of it. */
  discard(): void {
    this.#isConnected = false;
    this.#end();
  }

  async #read(buffer: Uint8Array): Promise<number | null> {
    try {
      const length = await this.#connection?.read(buffer) ?? null;
      if (length === null) this.#end();
      return length;
    } catch (error) {
      this.#end(asError(error));
      return null;
    }
  }

  async #write(frame: Uint8Array): Promise<void> {
    for (let at = 0; at < frame.length && !this.isClosed;) {
      at += await this.#connection?.write(frame.subarray(at)) ?? frame.length;
    }
  }

  /** Takes a connection, unless it comes too late. */
  #keep<T extends Deno.TcpConn | Deno.TlsConn>(connection: T): T {
    this.#connection = connection;
    if (this.isClosed) connection.close();
    return connection;
  }

  /** Once; what is read or written at that moment fails, and nobody hears of that. */
  #end(error?: Error): void {
    if (this.isClosed) return;
    this.#abort.abort();
    if (error !== undefined) this.closeError = error;
    closeQuietly(this.#connection);
    // The client counts on hearing nothing of an attempt: it has the error of `connect`.
    if (this.#isConnected) this.#closed.resolve(error);
  }
}

async function readGreeting(connection: Deno.TcpConn): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(GREETING_BYTES_MAX);
  let length = 0;
  while (length < bytes.length) {
    const read = await connection.read(bytes.subarray(length));
    if (read === null) break;
    length += read;
    if (extractProtocolMessage(bytes.subarray(0, length)) !== "") return bytes.slice(0, length);
  }
  throw new Error(`Cannot use NATS: must greet with a line, said ${length} bytes without one`);
}

/**
 * Reads what a NATS server says first: whether it speaks TLS, or wants it. What follows the line is left
 * alone.
 *
 * @throws {Error} for what is not a NATS server's
 */
export function parseGreeting(bytes: Uint8Array): v.InferOutput<typeof greetingSchema> {
  const [, json] = INFO.exec(extractProtocolMessage(bytes)) ?? [];
  if (json === undefined) {
    throw new Error("Cannot use NATS: must greet with INFO, says something else");
  }
  return v.parse(greetingSchema, JSON.parse(json));
}

function closeQuietly(connection: Deno.TcpConn | Deno.TlsConn | undefined): void {
  try {
    connection?.close();
  } catch (error) {
    // The upgrade to TLS has consumed it, or it is closed already.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(errorText(error));
}
