import type { Frame } from "../../src/session/outbox.ts";
import type { EventLoop, Isolate } from "./event_loop.ts";
import { Pipe } from "./pipe.ts";
import type { Carrier, SimulatedSocket } from "./simulated_socket.ts";

/** Who looks at what passes, and may change it: a test of the tests. */
export interface Wiretap {
  /** Returns what the server's socket says is waiting in it. */
  waiting(bytes: number): number;
  /** The server is about to hand over a frame. `queuedBytes` are waiting. Returns the frame to be sent. */
  sending(frame: Frame, queuedBytes: number): Frame;
  /** A frame has reached the client. */
  arrived(frame: Frame): void;
  /** The client sends. Returns the frame to be sent. */
  asked(frame: Frame): Frame;
  /** The server ends the connection by a close frame. */
  closing(code: number): void;
}

/** The two ends and where they are. */
export interface Ends {
  readonly client: SimulatedSocket;
  readonly clientIsolate: Isolate;
  readonly server: SimulatedSocket;
  readonly serverIsolate: Isolate;
}

/** How long a peer whose other end has vanished goes on believing in it. */
const IDLE_TIMEOUT_MS = 30_000;
const TCP_TIMEOUT_MS = 60_000;

/** An open WebSocket connection between a client and a worker. */
export class SimulatedConnection {
  readonly #loop: EventLoop;
  readonly ends: Ends;
  readonly #latencyMs: () => number;
  readonly #down: Pipe;
  readonly #up: Pipe;
  #over = false;

  constructor(
    loop: EventLoop,
    ends: Ends,
    latencyMs: () => number,
    tap: Wiretap,
    protocol: string,
  ) {
    this.#loop = loop;
    this.ends = ends;
    this.#latencyMs = latencyMs;
    this.#down = new Pipe(loop, ends.clientIsolate, latencyMs);
    this.#up = new Pipe(loop, ends.serverIsolate, latencyMs);
    const { client, server } = ends;
    const down = this.#carrier(this.#down, client, server, (frame) => {
      // What a client has turned its back on says nothing to it.
      if (client.readyState !== client.OPEN) return;
      tap.arrived(frame);
      client.received(frame);
    });
    const up = this.#carrier(this.#up, server, client, (frame) => server.received(frame));
    this.#down.push(0, () => {
      // It has given up waiting.
      if (client.readyState !== client.CONNECTING) return this.reset();
      client.opened({
        get queuedBytes() {
          return up.queuedBytes;
        },
        send: (frame, bytes) => up.send(tap.asked(frame), bytes),
        close: (code, reason) => up.close(code, reason),
      }, protocol);
    });
    server.opened({
      get queuedBytes() {
        return tap.waiting(down.queuedBytes);
      },
      send: (frame, bytes) => down.send(tap.sending(frame, down.queuedBytes), bytes),
      close: (code, reason) => {
        tap.closing(code);
        down.close(code, reason);
      },
    }, protocol);
  }

  /** Whether it has ended, for both ends or for good. */
  get over(): boolean {
    return this.#over;
  }

  /** The client stops reading, or reads again. */
  stall(stalled: boolean): void {
    this.#down.stall(stalled);
  }

  /** Each frame to the client takes so long from now on. */
  pace(paceMs: number): void {
    this.#down.pace(paceMs);
  }

  /** The network breaks it, and both ends are told. */
  reset(): void {
    if (this.#over) return;
    this.#cut();
    const { client, clientIsolate, server, serverIsolate } = this.ends;
    this.#loop.schedule(clientIsolate, this.#latencyMs(), () => client.closed(1006, ""));
    this.#loop.schedule(serverIsolate, this.#latencyMs(), () => server.closed(1006, ""));
  }

  /** The network breaks it, and nobody is told: each end finds out for itself. */
  vanish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#down.stall(true);
    this.#up.stall(true);
    const { clientIsolate, client, server, serverIsolate } = this.ends;
    this.#loop.schedule(serverIsolate, IDLE_TIMEOUT_MS, () => server.givenUp());
    this.#loop.schedule(serverIsolate, TCP_TIMEOUT_MS, () => server.closed(1006, ""));
    this.#loop.schedule(clientIsolate, TCP_TIMEOUT_MS, () => client.closed(1006, ""));
  }

  #cut(): void {
    this.#over = true;
    this.#down.cut();
    this.#up.cut();
  }

  #carrier(
    pipe: Pipe,
    receiver: SimulatedSocket,
    sender: SimulatedSocket,
    deliver: (frame: Frame) => void,
  ): Carrier {
    return {
      get queuedBytes() {
        return pipe.queuedBytes;
      },
      send: (frame, bytes) => pipe.push(bytes, () => deliver(frame)),
      close: (code, reason) => {
        const senderIsolate = sender === this.ends.client
          ? this.ends.clientIsolate
          : this.ends.serverIsolate;
        // Behind everything that waits; the answer to it ends the connection here as well.
        pipe.push(0, () => {
          this.#over = true;
          receiver.closed(code, reason);
          this.#loop.schedule(senderIsolate, this.#latencyMs(), () => sender.closed(code, reason));
        });
      },
    };
  }
}
