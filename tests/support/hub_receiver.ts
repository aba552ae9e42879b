/// <reference lib="deno.worker" />
import { Gate } from "./gate.ts";
import { Replica } from "../../src/hub/replica.ts";
import type { FeedStatus } from "../../src/price/feed_status.ts";

/**
 * An isolate with a replica in it, for tests of the hub: it can be made deaf for a while, and tells what
 * it has and what it delivered.
 */

/** To the receiver. */
export type ToReceiver =
  | { readonly kind: "start"; readonly channel: string; readonly port: MessagePort }
  /** Blocks the event loop, as a busy worker does, until the gate is open. */
  | { readonly kind: "block"; readonly gate: SharedArrayBuffer }
  | { readonly kind: "report" };

/** What the receiver has. */
export interface ReceiverReport {
  readonly seq: number;
  readonly epoch: string;
  readonly gaps: number;
  readonly status: string;
  /** Price of each symbol. */
  readonly prices: Record<string, number>;
  /** Past prices of symbol "A". */
  readonly history: readonly number[];
  /** Positions that its listener was brought from and to, in order. */
  readonly steps: readonly (readonly [number, number])[];
  readonly resets: number;
  /** The feed's state as its listener was told it last. */
  readonly heard: FeedStatus | undefined;
}

const steps: (readonly [number, number])[] = [];
let resets = 0;
let replica: Replica | undefined;
let heard: FeedStatus | undefined;

self.onmessage = ({ data }: MessageEvent<ToReceiver>) => {
  switch (data.kind) {
    case "start":
      replica = new Replica(data.port, {
        beforeChange: () => {},
        onChange: ({ fromSeq, seq }) => steps.push([fromSeq, seq]),
        onStatus: (feed) => heard = feed,
        onReset: () => {
          resets += 1;
          if (resets === 1) self.postMessage("ready");
        },
      }, data.channel);
      return;
    case "block":
      return new Gate(data.gate).pass();
    case "report":
      if (replica !== undefined) self.postMessage(report(replica));
  }
};

function report(known: Replica): ReceiverReport {
  const entries = [...known.book.entries()];
  return {
    seq: known.seq,
    epoch: known.epoch,
    gaps: known.gaps,
    status: known.feed().status,
    prices: Object.fromEntries(entries.map(({ quote }) => [quote.symbol, quote.price])),
    history: known.book.get("A", "x")?.history.map(({ price }) => price) ?? [],
    steps,
    resets,
    heard,
  };
}
