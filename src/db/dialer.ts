import net from "node:net";
import { chosenHost, leaveHost } from "./host_choice.ts";
import { sleep } from "../lifecycle.ts";

/** Where the driver wants a connection to: any of several hosts. */
export interface DialTarget {
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** A Unix socket, in place of host and port; `false` for none. */
  readonly path: string | false;
}

/** Who is connected to which of several hosts. */
export interface HostInUse {
  /** The index of the host; `undefined` while there is no connection. */
  readonly host: number | undefined;
}

/** Pause after a connection that ended before the server had said a word. */
const PAUSE_MS = 250;
/** A connection that ends sooner was not to be had there: the next one goes to the next host. */
const SHORT_MS = 1000;

/**
 * Opens the sockets of one pool, because the driver leaves some things to be wished for (measured with
 * postgres.js 3.4.9):
 *
 * - A server that hangs up during the startup is dialled again without any pause, 500 times a second.
 * - A pool that is cut off asks its sockets politely to end, which a mute peer never answers: each
 *   replaced pool left its descriptors behind.
 * - Of several hosts it takes each in turn, so that one pool talks to several servers at once, and never
 *   gets beyond a first one that is mute. Here all stay with one host for as long as it can be had.
 */
export class Dialer {
  readonly #follow: HostInUse | undefined;
  readonly #sockets = new Set<net.Socket>();
  /** Those over which a server has said something, with the index of its host. */
  readonly #heard = new Map<net.Socket, number>();
  #notBeforeMs = 0;
  #state: "in_use" | "ending" | "cut_off" = "in_use";
  #dials = 0;

  /** @param follow whose host to dial, for a pool that makes no sense on another */
  constructor(follow?: HostInUse) {
    this.#follow = follow;
  }

  /** The index of the host to which there is a connection, if there is one. */
  get host(): number | undefined {
    for (const index of this.#heard.values()) return index;
    return undefined;
  }

  /** Sockets that it was asked for so far. */
  get dials(): number {
    return this.#dials;
  }

  /** A socket that connects, or already fails to; the driver listens for either. */
  async dial(target: DialTarget): Promise<net.Socket> {
    this.#dials += 1;
    await sleep(Math.max(0, this.#notBeforeMs - performance.now()));
    const hosts = target.host.map((host, index) => `${host}:${target.port[index] ?? ""}`);
    // What has a connection stays with its host, even if others have gone on to the next.
    const index = this.#follow?.host ?? this.host ?? chosenHost(hosts);
    const openedAtMs = performance.now();
    const socket = this.#open(target, index);
    socket.once("data", () => this.#heard.set(socket, index));
    socket.once("close", () => {
      const nowMs = performance.now();
      this.#sockets.delete(socket);
      const heard = this.#heard.delete(socket);
      if (!heard) this.#notBeforeMs = nowMs + PAUSE_MS;
      const short = this.#state === "in_use" && nowMs - openedAtMs < SHORT_MS;
      if (this.#follow === undefined && (!heard || short)) leaveHost(hosts, index);
    });
    this.#sockets.add(socket);
    if (this.#state === "cut_off") socket.destroy();
    return socket;
  }

  /** From now on a connection that ends has not failed, however short it was. */
  end(): void {
    this.#state = "ending";
  }

  /** Destroys every socket, whatever is on its way. */
  cutOff(): void {
    this.#state = "cut_off";
    for (const socket of this.#sockets) socket.destroy();
  }

  #open({ host, port, path }: DialTarget, index: number): net.Socket {
    if (path !== false) return net.connect(path);
    const place = { host: host[index] ?? "localhost", port: port[index] ?? 5432 };
    // The driver takes the server's name for TLS from here, and both for its messages.
    return Object.assign(net.connect(place), place);
  }
}
