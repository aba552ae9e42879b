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

/** A connection, from its dial to its end. */
interface Dialled {
  readonly socket: net.Socket;
  readonly hosts: readonly string[];
  /** Of its host. */
  readonly index: number;
  readonly openedAtMs: number;
  /** Whether its server has said a word, and whether a statement was answered meanwhile. */
  state: "silent" | "heard" | "worked";
}

/** Pause after a connection that ended before the server had said a word. */
const PAUSE_MS = 250;
/** Age from which the driver uses a connection, or has given it up. */
const SETTLED_MS = 1000;

/**
 * Opens the sockets of one pool, because the driver leaves some things to be wished for (measured with
 * postgres.js 3.4.9):
 *
 * - A server that hangs up during the startup is dialled again without any pause, 500 times a second.
 * - A pool that is cut off asks its sockets politely to end, which a mute peer never answers: each
 *   replaced pool left its descriptors behind.
 * - Of several hosts it takes each in turn, so that one pool talks to several servers at once, and never
 *   gets beyond a first one that is mute. Here all stay with one host for as long as it can be had.
 *
 * Only an answered statement shows that a host can be had: one that starts up, has no place left, or is a
 * pooler without a server, says something as well.
 */
export class Dialer {
  readonly #follow: HostInUse | undefined;
  readonly #dialled = new Set<Dialled>();
  #notBeforeMs = 0;
  #state: "in_use" | "ending" | "cut_off" = "in_use";
  /** The host that was the last to answer a statement. */
  #workedAt: number | undefined;
  #worked = 0;

  /** @param follow whose host to dial, for a pool that makes no sense on another */
  constructor(follow?: HostInUse) {
    this.#follow = follow;
  }

  /** The index of the host to which there is a connection that has worked, if there is one. */
  get host(): number | undefined {
    // Over TLS the driver removes all listeners from the socket, so that nobody tells of its end.
    for (const one of this.#dialled) if (one.socket.destroyed) this.#ended(one);
    for (const { state, index } of this.#dialled) if (state === "worked") return index;
    return undefined;
  }

  /** Connections that have worked so far. */
  get worked(): number {
    return this.#worked;
  }

  /** A socket that connects, or already fails to; the driver listens for either. */
  async dial(target: DialTarget): Promise<net.Socket> {
    await sleep(Math.max(0, this.#notBeforeMs - performance.now()));
    const hosts = target.host.map((host, index) => `${host}:${target.port[index] ?? ""}`);
    // What has a connection stays with its host, even if others have gone on to the next.
    const index = this.#follow?.host ?? this.host ?? chosenHost(hosts);
    const socket = this.#open(target, index);
    const openedAtMs = performance.now();
    const one: Dialled = { socket, hosts, index, openedAtMs, state: "silent" };
    socket.once("data", () => one.state = "heard");
    socket.once("close", () => this.#ended(one));
    this.#dialled.add(one);
    if (this.#state === "cut_off") socket.destroy();
    return socket;
  }

  /**
   * A statement was answered. Where chance has made connections to two hosts, those to one are ended: not
   * before they are a second old, because the driver hangs when one ends that it is just giving up.
   */
  answered(): void {
    const host = this.host ?? this.#heardFrom();
    this.#workedAt = host;
    for (const one of this.#dialled) {
      if (one.state !== "heard") continue;
      if (one.index === host) {
        one.state = "worked";
        this.#worked += 1;
      } else if (performance.now() - one.openedAtMs > SETTLED_MS) one.socket.destroy();
    }
  }

  /** From now on a connection that ends says nothing of a host that has worked. */
  end(): void {
    this.#state = "ending";
  }

  /** Destroys every socket, whatever is on its way. */
  cutOff(): void {
    this.#state = "cut_off";
    for (const one of this.#dialled) {
      this.#ended(one);
      one.socket.destroy();
    }
  }

  #heardFrom(): number | undefined {
    for (const { state, index } of this.#dialled) if (state === "heard") return index;
    return undefined;
  }

  #ended(one: Dialled): void {
    if (!this.#dialled.delete(one)) return;
    const { hosts, index, state } = one;
    if (state === "silent") this.#notBeforeMs = performance.now() + PAUSE_MS;
    if (state === "worked" || this.#follow !== undefined) return;
    const works = this.#state === "in_use" ? this.host : this.#workedAt;
    if (works !== index) leaveHost(hosts, index);
  }

  #open({ host, port, path }: DialTarget, index: number): net.Socket {
    if (path !== false) return net.connect(path);
    const place = { host: host[index] ?? "localhost", port: port[index] ?? 5432 };
    // The driver takes the server's name for TLS from here, and both for its messages.
    return Object.assign(net.connect(place), place);
  }
}
