import type { Random } from "../../src/aggregator/random.ts";
import { SimulatedConnection, type Wiretap } from "./connection.ts";
import type { EventLoop, Isolate } from "./event_loop.ts";
import { SimulatedSocket } from "./simulated_socket.ts";
import type { WorkerLedger } from "./worker_ledger.ts";

/** A worker that listens, as the network sees it. */
export interface Listener {
  readonly isolate: Isolate;
  /** What it has handed to its sessions. */
  readonly ledger: WorkerLedger;
  /** Takes over a socket that is being upgraded. */
  accept(socket: SimulatedSocket, protocol: string | undefined): void;
}

/** Makes what listens in on a connection to that listener. */
export type Tapping = (listener: Listener) => Wiretap;

const LATENCY_MS_MAX = 40;
/** After which TCP gives up a connection that nobody answers. */
const CONNECT_MS_MAX = 20_000;

/** Everything between the clients and the port that the workers share. */
export class Network {
  readonly #loop: EventLoop;
  readonly #random: Random;
  readonly #listeners: () => readonly Listener[];
  readonly #connections = new Map<string, SimulatedConnection>();
  /** Clients that have no network. */
  readonly #offline = new Set<string>();
  /** How long a frame takes to those clients whose network is slow. */
  readonly #paceMs = new Map<string, number>();

  /** @param listeners the workers that listen at present; the kernel chooses one */
  constructor(loop: EventLoop, random: Random, listeners: () => readonly Listener[]) {
    this.#loop = loop;
    this.#random = random;
    this.#listeners = listeners;
  }

  /** Connects a client. */
  connect(
    client: Isolate,
    url: string,
    protocols: readonly string[],
    tap: Tapping,
  ): SimulatedSocket {
    const socket = new SimulatedSocket(url);
    this.#loop.schedule(client, CONNECT_MS_MAX, () => {
      if (socket.readyState === socket.CONNECTING) socket.closed(1006, "");
    });
    this.#loop.schedule(this.#loop.world, this.#latencyMs(), () => {
      if (socket.readyState !== socket.CONNECTING) return;
      const listeners = this.#offline.has(client.name) ? [] : this.#listeners();
      const listener = listeners[this.#random.below(listeners.length)];
      if (listener !== undefined) return this.#accept(client, socket, listener, protocols[0], tap);
      this.#loop.schedule(client, this.#latencyMs(), () => socket.closed(1006, ""));
    });
    return socket;
  }

  /** The connection of a client that is open, if one is. */
  connectionOf(client: string): SimulatedConnection | undefined {
    const connection = this.#connections.get(client);
    return connection?.over === false ? connection : undefined;
  }

  /** Takes a client off the network, or puts it back on. */
  setOffline(client: string, offline: boolean): void {
    if (!offline) {
      this.#offline.delete(client);
      return;
    }
    this.#offline.add(client);
    this.connectionOf(client)?.vanish();
  }

  /** Each frame to a client takes so long from now on, on its next connections too. */
  setPace(client: string, paceMs: number): void {
    this.#paceMs.set(client, paceMs);
    this.connectionOf(client)?.pace(paceMs);
  }

  /** An isolate is gone, and its sockets with it. */
  resetAllOf(isolate: Isolate): void {
    for (const connection of this.#connections.values()) {
      if (connection.ends.serverIsolate === isolate) connection.reset();
    }
  }

  /** Everything flows again. What has vanished stays so. */
  heal(): void {
    this.#offline.clear();
    this.#paceMs.clear();
    for (const connection of this.#connections.values()) {
      if (connection.over) continue;
      connection.pace(0);
      connection.stall(false);
    }
  }

  #accept(
    client: Isolate,
    socket: SimulatedSocket,
    listener: Listener,
    protocol: string | undefined,
    tap: Tapping,
  ): void {
    this.#loop.schedule(listener.isolate, this.#latencyMs(), () => {
      if (socket.readyState !== socket.CONNECTING) return;
      const server = new SimulatedSocket(socket.url);
      listener.accept(server, protocol);
      const ends = {
        client: socket,
        clientIsolate: client,
        server,
        serverIsolate: listener.isolate,
      };
      const connection = new SimulatedConnection(
        this.#loop,
        ends,
        () => this.#latencyMs(),
        tap(listener),
        protocol ?? "",
      );
      connection.pace(this.#paceMs.get(client.name) ?? 0);
      this.#connections.set(client.name, connection);
    });
  }

  #latencyMs(): number {
    return this.#random.below(LATENCY_MS_MAX);
  }
}
