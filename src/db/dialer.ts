import net from "node:net";
import { sleep } from "../lifecycle.ts";

/** Where the driver wants a connection to; of several hosts the next is tried each time. */
export interface DialTarget {
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** A Unix socket, in place of host and port; `false` for none. */
  readonly path: string | false;
}

/** Pause after a connection that ended before the server had said a word. */
const PAUSE_MS = 250;

/**
 * Opens the sockets of one pool, because the driver leaves two things to be wished for (measured with
 * postgres.js 3.4.9):
 *
 * - A server that hangs up during the startup is dialled again without any pause, 500 times a second.
 * - A pool that is cut off asks its sockets politely to end, which a mute peer never answers: each
 *   replaced pool left its descriptors behind.
 */
export class Dialer {
  readonly #sockets = new Set<net.Socket>();
  #dials = 0;
  #notBeforeMs = 0;
  #cutOff = false;

  /** A socket that connects, or already fails to; the driver listens for either. */
  async dial(target: DialTarget): Promise<net.Socket> {
    await sleep(Math.max(0, this.#notBeforeMs - performance.now()));
    const socket = this.#open(target);
    let heard = false;
    socket.once("data", () => heard = true);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      if (!heard) this.#notBeforeMs = performance.now() + PAUSE_MS;
    });
    this.#sockets.add(socket);
    if (this.#cutOff) socket.destroy();
    return socket;
  }

  /** Destroys every socket, whatever is on its way. */
  cutOff(): void {
    this.#cutOff = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #open({ host, port, path }: DialTarget): net.Socket {
    if (path !== false) return net.connect(path);
    const index = this.#dials++ % Math.max(1, host.length);
    const name = host[index] ?? "localhost";
    const socket = net.connect(port[index] ?? 5432, name);
    // The driver takes the server's name for TLS from here.
    return Object.assign(socket, { host: name });
  }
}
