import net from "node:net";
import { chosenHost, followChoice, hostAnswered, leaveHost } from "./host_choice.ts";
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

/** What the owner of a pool wants to do about hosts. */
export interface DialerOptions {
  /** Whose host to dial, for a pool that makes no sense on another. */
  readonly follow?: HostInUse | undefined;
  /** The pool has connections to a host that all others leave, and MUST be given up. */
  readonly onLeft?: (() => void) | undefined;
}

/** A connection, from its dial to its end. */
interface Dialled {
  readonly socket: net.Socket;
  readonly hosts: readonly string[];
  /** Of its host. */
  readonly index: number;
  readonly dialledAtMs: number;
  /** When its server said something; over TLS only that it speaks TLS. */
  heardAtMs: number;
  /** Whether its server has said a word, and whether it has answered a statement. */
  state: "silent" | "heard" | "worked";
}

/** Pause after a connection that ended before it had worked. */
const PAUSE_MS = 250;

/**
 * Opens the sockets of one pool, because the driver leaves some things to be wished for (measured with
 * postgres.js 3.4.9):
 *
 * - A server that hangs up or turns us down during the startup is dialled again without any pause, 500 times a second.
 * - A pool that is cut off asks its sockets politely to end, which a mute peer never answers: each
 *   replaced pool left its descriptors behind.
 * - Of several hosts it takes each in turn, so that one pool talks to several servers at once, and never
 *   gets beyond a first one that is mute. Here all stay with one host for as long as it can be had, and
 *   leave it together.
 *
 * Only an answered statement shows that a host can be had: one that starts up, has no place left, or is a
 * pooler without a server, says something as well.
 */
export class Dialer {
  readonly #follow: HostInUse | undefined;
  readonly #onLeft: () => void;
  readonly #dialled = new Set<Dialled>();
  #notBeforeMs = 0;
  #state: "in_use" | "ending" | "cut_off" = "in_use";
  /** The host that was the last to answer a statement. */
  #workedAt: number | undefined;
  #lost = 0;
  #endFollowing: (() => void) | undefined;

  /** @param options none for a pool of a moment, which may stay where it is */
  constructor({ follow, onLeft = () => {} }: DialerOptions = {}) {
    this.#follow = follow;
    this.#onLeft = onLeft;
  }

  /** The index of the host to which there is a connection that has worked, if there is one. */
  get host(): number | undefined {
    this.#noticeEnds();
    let host: number | undefined;
    for (const { state, index } of this.#dialled) {
      if (state === "worked" && (host === undefined || index === this.#workedAt)) host = index;
    }
    return host;
  }

  /** Connections so far that had worked and have ended, for whatever reason. */
  get lost(): number {
    this.#noticeEnds();
    return this.#lost;
  }

  /** A socket that connects, or already fails to; the driver listens for either. */
  async dial(target: DialTarget): Promise<net.Socket> {
    this.#noticeEnds();
    await sleep(Math.max(0, this.#notBeforeMs - performance.now()));
    const hosts = target.host.map((host, index) => `${host}:${target.port[index] ?? ""}`);
    if (hosts.length > 1 && this.#state === "in_use") {
      this.#endFollowing ??= followChoice(hosts, (host) => this.#moved(host));
    }
    // What has a connection stays with its host until all leave it, though the next may be tried already.
    const index = this.#follow?.host ?? this.host ?? chosenHost(hosts);
    const socket = this.#open(target, index);
    const dialledAtMs = performance.now();
    const one: Dialled = { socket, hosts, index, dialledAtMs, heardAtMs: 0, state: "silent" };
    socket.on("data", () => {
      one.heardAtMs = performance.now();
      if (one.state === "silent") one.state = "heard";
    });
    socket.once("close", () => this.#ended(one));
    this.#dialled.add(one);
    if (this.#state === "cut_off") socket.destroy();
    return socket;
  }

  /**
   * A statement was answered: over the connection that was heard last, or over TLS, where nothing more is
   * heard, dialled last.
   */
  answered(): void {
    let answering: Dialled | undefined;
    for (const one of this.#dialled) {
      if (one.state === "silent" || one.socket.destroyed) continue;
      if (answering === undefined || one.heardAtMs >= answering.heardAtMs) answering = one;
    }
    if (answering === undefined) return;
    const { hosts, index, state } = answering;
    this.#workedAt = index;
    answering.state = "worked";
    if (!hostAnswered(hosts, index, state !== "worked")) this.#onLeft();
  }

  /** From now on a connection that ends says nothing of a host that has worked. */
  end(): void {
    this.#state = "ending";
  }

  /** Destroys every socket, whatever is on its way. */
  cutOff(): void {
    this.#state = "cut_off";
    this.#endFollowing?.();
    for (const one of this.#dialled) {
      this.#ended(one);
      one.socket.destroy();
    }
  }

  #moved(host: number): void {
    this.#noticeEnds();
    if ([...this.#dialled].some(({ index }) => index !== host)) this.#onLeft();
  }

  /** Over TLS the driver removes all listeners from the socket, so that nobody tells of its end. */
  #noticeEnds(): void {
    for (const one of this.#dialled) if (one.socket.destroyed) this.#ended(one);
  }

  #ended(one: Dialled): void {
    if (!this.#dialled.delete(one)) return;
    const { hosts, index, state, dialledAtMs } = one;
    if (state === "worked") {
      this.#lost += 1;
      return;
    }
    this.#notBeforeMs = performance.now() + PAUSE_MS;
    if (this.#follow !== undefined) return;
    const works = this.#state === "in_use" ? this.host : this.#workedAt;
    if (works !== index) leaveHost(hosts, index, { dialledAtMs, silent: state === "silent" });
  }

  #open({ host, port, path }: DialTarget, index: number): net.Socket {
    if (path !== false) return net.connect(path);
    const place = { host: host[index] ?? "localhost", port: port[index] ?? 5432 };
    // The driver takes the server's name for TLS from here, and both for its messages.
    return Object.assign(net.connect(place), place);
  }
}
