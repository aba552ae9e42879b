import { type Batch, NUMBERS_PER_QUOTE } from "../../src/hub/envelope.ts";

/** A batch of so many quotes that has its own number everywhere, so that a torn one can be told from a whole one. */
export function numberedBatch(seq: number, quotes: number): Batch {
  return {
    kind: "batch",
    epoch: "epoch",
    seq,
    names: [],
    numbers: new Uint32Array(quotes).fill(seq),
    values: new Float64Array(quotes * NUMBERS_PER_QUOTE).fill(seq),
    past: new Uint8Array(quotes).fill(seq % 2),
    encoded: {
      joined: Array.from({ length: quotes }, () => `é${seq}`).join(","),
      ends: new Uint32Array(quotes).fill(seq),
    },
  };
}
