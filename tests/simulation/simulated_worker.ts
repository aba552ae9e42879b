import { readServerConfig } from "../../src/config.ts";
import type { HubPublisher } from "../../src/hub/publisher.ts";
import { Replica } from "../../src/hub/replica.ts";
import { SharedMetrics } from "../../src/metrics.ts";
import { Lease } from "../../src/session/lease.ts";
import type { OutboxLimits } from "../../src/session/outbox.ts";
import { PRICE_PROTOCOLS, PriceChannel } from "../../src/session/price_channel.ts";
import { SessionRegistry } from "../../src/session/registry.ts";
import { SendBuffers } from "../../src/session/send_buffers.ts";
import { type EventLoop, Isolate, type MachineClock } from "./event_loop.ts";
import type { Listener } from "./network.ts";
import type { SimulatedSocket } from "./simulated_socket.ts";
import type { WorkerLedger } from "./worker_ledger.ts";

/** Bounds of the sessions, small enough to be reached. */
export type WorkerLimits = Required<Omit<OutboxLimits, "sendMark">>;

const TICK_INTERVAL_MS = 1000;

/** A worker isolate, joined as `src/server/worker.ts` does, without its HTTP server. */
export class SimulatedWorker implements Listener {
  readonly #loop: EventLoop;
  readonly isolate: Isolate;
  readonly ledger: WorkerLedger;
  /** This end goes with the worker; the other is joined to whichever publisher there is. */
  readonly #farPort: MessagePort;
  readonly #replica: Replica;
  readonly #prices: PriceChannel;
  readonly #registry: SessionRegistry;
  #listening = false;

  constructor(
    loop: EventLoop,
    name: string,
    limits: WorkerLimits,
    ledger: WorkerLedger,
    clock: MachineClock,
  ) {
    this.#loop = loop;
    this.isolate = new Isolate(name, clock);
    this.ledger = ledger;
    const { port1, port2 } = new MessageChannel();
    this.#farPort = port1;
    const metrics = new SharedMetrics(1);
    const { sendBufferBytesMax, slowClientDeadlineMs, chunkQuotesMax } = limits;
    const everything = {
      ...readServerConfig(() => undefined).limits,
      sendBufferBytesMax,
      slowClientDeadlineMs,
      chunkQuotesMax,
    };
    const counters = metrics.writer(0);
    const parts = loop.within(this.isolate, () => {
      let feedState: string | undefined;
      const replica = new Replica(port2, {
        beforeChange: () => registry.finish(),
        onChange: (change) => {
          ledger.step(change);
          prices.deliver(change);
        },
        onStatus: ({ status }) => {
          ledger.stands(replica.seq);
          if (status !== feedState) prices.announceFeed();
          feedState = status;
        },
        onReset: () => {
          ledger.reset(replica.epoch, replica.seq);
          prices.reset();
          this.#listening = true;
        },
      });
      const buffers = new SendBuffers({
        sendBufferBytesMax,
        bytesMax: 2 ** 40,
        workers: 1,
        metrics,
        counters,
      });
      // Each part of a snapshot, and each client's update, goes in a turn of its own: anything may come between.
      const registry = new SessionRegistry({
        limits: everything,
        metrics,
        counters,
        buffers,
        turnMs: 0,
        portionBytesMax: 1,
      });
      const prices = new PriceChannel(registry, {
        view: replica,
        limits: everything,
        stats: () => ({}),
      });
      setInterval(() => replica.tick(), TICK_INTERVAL_MS);
      return { replica, registry, prices };
    });
    this.#replica = parts.replica;
    this.#registry = parts.registry;
    this.#prices = parts.prices;
  }

  /** Whether it takes connections. */
  get listening(): boolean {
    return this.#listening && this.isolate.alive;
  }

  /** Batches lost so far. */
  get gaps(): number {
    return this.#replica.gaps;
  }

  /** Joins its port to the publisher of that isolate. */
  link(publisher: HubPublisher, main: Isolate): void {
    const far = this.#farPort;
    const { port } = this.#loop.within(main, () => publisher.openLink());
    this.#loop.within(this.#loop.world, () => {
      far.onmessage = ({ data }) => port.postMessage(data);
      port.onmessage = ({ data }) => far.postMessage(data);
    });
  }

  accept(socket: SimulatedSocket, protocol: string | undefined): void {
    const spoken = PRICE_PROTOCOLS.find((one) => one === protocol);
    this.#prices.open(socket, spoken, {
      peer: "a client",
      address: "127.0.0.1",
      lease: Lease.open,
    });
  }

  /** Its place on the ring is free. */
  leave(): void {
    this.#replica.close();
  }

  /** Says goodbye to every client. */
  drain(): void {
    this.#listening = false;
    this.#loop.within(this.isolate, () => this.#registry.close());
  }
}
