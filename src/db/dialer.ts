import net from "node:net";
import { chosenHost, hostAnswered, leaveHost } from "./host_choice.ts";
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
  #lost = 0;

  /** @param follow whose host to dial, for a pool that makes no sense on another */
  constructor(follow?: HostInUse) {
    this.#follow = follow;
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
    // What has a connection stays with its host, even if others have gone on to the next.
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
   * heard, dialled last. Where chance has made connections to two hosts, those to this one's stay.
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
    hostAnswered(hosts, index);
    if (state === "worked") return;
    answering.state = "worked";
    // Not what is only heard: the driver hangs when a connection ends that it is just giving up.
    for (const one of this.#dialled) {
      if (one.state === "worked" && one.index !== index) one.socket.destroy();
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
    // One that takes no new connection is gone for those who need one, whoever still has an old one.
    const sinceMs = state === "silent" ? Infinity : dialledAtMs;
    if (works !== index) leaveHost(hosts, index, sinceMs);
  }

  #open({ host, port, path }: DialTarget, index: number): net.Socket {
    if (path !== false) return net.connect(path);
    const place = { host: host[index] ?? "localhost", port: port[index] ?? 5432 };
    // The driver takes the server's name for TLS from here, and both for its messages.
    return Object.assign(net.connect(place), place);
  }
}
