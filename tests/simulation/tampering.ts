import type { PriceReads } from "../../src/feed/reader.ts";

/**
 * Where a test of the tests puts a fault into the model, to see it found. Each hook gets what would
 * pass and returns what does.
 */
export interface Tampering {
  /** What the feed reads from. */
  reads?(reads: PriceReads): PriceReads;
  /** A message of the hub, as one worker is about to receive it. */
  hubMessage?(data: unknown, worker: string): unknown;
  /** A frame that a worker is about to send to a v1 client. */
  toClient?(frame: string, client: string): string;
  /** A frame that a v1 client sends. */
  toServer?(frame: string, client: string): string;
  /** What a server's socket says is waiting in it. */
  bufferedBytes?(bytes: number): number;
}
