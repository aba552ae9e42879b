import { Buffer } from "node:buffer";
import net from "node:net";

/** What the proxy does to connections at present. */
type Fault =
  | { readonly kind: "none" }
  /** Bytes stay where they are, in both directions; `undefined` means everybody's. */
  | { readonly kind: "mute"; readonly applicationName: string | undefined }
  /** New connections are accepted and ended before a byte is answered. */
  | { readonly kind: "hang_up" };

/**
 * A TCP proxy on loopback in front of a Postgres, which can fail in the ways in which networks do. It
 * starts out harmless; existing connections live through `mute` and go on after `restore`.
 */
export class FaultProxy implements AsyncDisposable {
  readonly #target: URL;
  readonly #passages = new Set<Passage>();
  #server: net.Server;
  #port = 0;
  #fault: Fault = { kind: "none" };
  #accepted = 0;

  private constructor(target: URL) {
    this.#target = target;
    this.#server = this.#createServer();
  }

  /** @param databaseUrl where connections are passed on to */
  static async start(databaseUrl: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(new URL(databaseUrl));
    await proxy.#listen();
    return proxy;
  }

  /** The same database, by way of the proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = "127.0.0.1";
    url.port = String(this.#port);
    return url.href;
  }

  /** Connections that clients hold open, whether or not anything flows. */
  get open(): number {
    return this.#passages.size;
  }

  /** Connections accepted so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /**
   * Keeps all connections open and lets nothing through, of new ones either: a cable that was pulled.
   *
   * @param applicationName only connections that were opened under this name
   */
  mute(applicationName?: string): void {
    this.#become({ kind: "mute", applicationName });
  }

  /** Ends new connections as soon as they are accepted, and cuts the existing ones. */
  hangUp(): void {
    this.#become({ kind: "hang_up" });
    this.reset();
  }

  /** Closes the listener and cuts the existing connections: nobody is at home. */
  refuse(): void {
    this.#server.close();
    this.reset();
  }

  /** Cuts the existing connections with a TCP reset; new ones are as before. */
  reset(): void {
    for (const passage of this.#passages) passage.reset();
  }

  /** Ends whatever fault there is; what was held back flows on. */
  async restore(): Promise<void> {
    if (!this.#server.listening) {
      this.#server = this.#createServer();
      await this.#listen();
    }
    this.#become({ kind: "none" });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.refuse();
    return Promise.resolve();
  }

  #become(fault: Fault): void {
    this.#fault = fault;
    for (const passage of this.#passages) passage.setMute(isMute(fault, passage.applicationName));
  }

  #createServer(): net.Server {
    return net.createServer((client) => this.#accept(client));
  }

  async #listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject);
    this.#server.listen(this.#port, "127.0.0.1", resolve);
    await promise;
    const address = this.#server.address();
    if (address === null || typeof address === "string") {
      throw new Error(`Cannot listen: must have a port, has ${address}`);
    }
    this.#port = address.port;
  }

  #accept(client: net.Socket): void {
    this.#accepted += 1;
    if (this.#fault.kind === "hang_up") {
      client.on("error", () => {});
      client.end();
      // It closes when the other end has been read too.
      client.resume();
      return;
    }
    const server = net.connect(Number(this.#target.port), this.#target.hostname);
    const passage = new Passage(client, server, {
      named: (name) => passage.setMute(isMute(this.#fault, name)),
      gone: () => this.#passages.delete(passage),
    });
    this.#passages.add(passage);
  }
}

/** One client's connection and its counterpart to Postgres. */
class Passage {
  readonly #client: net.Socket;
  readonly #server: net.Socket;
  #applicationName: string | undefined;
  #mute = false;
  /** What was read before the passage turned mute, and is not passed on. */
  #held: Buffer[] = [];

  constructor(
    client: net.Socket,
    server: net.Socket,
    events: { named(name: string): void; gone(): void },
  ) {
    this.#client = client;
    this.#server = server;
    client.on("data", (chunk) => {
      if (this.#applicationName === undefined) {
        this.#applicationName = applicationNameOf(chunk);
        events.named(this.#applicationName);
      }
      if (this.#mute) this.#held.push(chunk);
      else server.write(chunk);
    });
    server.on("data", (chunk) => client.write(chunk));
    // An error is always followed by "close", which ends the other side too.
    for (const socket of [client, server]) socket.on("error", () => {});
    client.on("close", () => {
      server.destroy();
      events.gone();
    });
    server.on("close", () => client.destroy());
  }

  get applicationName(): string | undefined {
    return this.#applicationName;
  }

  setMute(mute: boolean): void {
    this.#mute = mute;
    if (mute) {
      // One that has not said its name is read on, and held back by name.
      if (this.#applicationName !== undefined) this.#client.pause();
      this.#server.pause();
      return;
    }
    for (const chunk of this.#held) this.#server.write(chunk);
    this.#held = [];
    this.#client.resume();
    this.#server.resume();
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#server.destroy();
  }
}

function isMute(fault: Fault, applicationName: string | undefined): boolean {
  if (fault.kind !== "mute") return false;
  return fault.applicationName === undefined || fault.applicationName === applicationName;
}

/** The parameter of that name in a startup packet, which is a list of texts that end in NUL; "" without one. */
function applicationNameOf(packet: Buffer): string {
  const texts = packet.subarray(8).toString("latin1").split("\0");
  const index = texts.indexOf("application_name");
  return index < 0 ? "" : texts[index + 1] ?? "";
}
