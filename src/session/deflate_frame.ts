import { deflateRawSync } from "node:zlib";
import { DEFLATE_KINDS, type DeflateKind } from "./deflate_kinds.ts";

/**
 * How hard documents are compressed. Measured on Deno 2.9.6 on simulated prices, one core of two, as size
 * in percent of the JSON and microseconds a document:
 *
 * | document            | JSON     | level 1      | level 2    | level 5      | level 6      | level 9      |
 * | ------------------- | -------- | ------------ | ---------- | ------------ | ------------ | ------------ |
 * | heartbeat           | 112 B    | 98 %, 7      | 87 %, 13   | 87 %, 13     | 87 %, 19     | 87 %, 14     |
 * | update, 1 quote     | 135 B    | 85 %, 15     | 83 %, 15   | 83 %, 12     | 83 %, 13     | 83 %, 15     |
 * | update, 5 quotes    | 522 B    | 37 %, 19     | 35 %, 18   | 34 %, 20     | 34 %, 20     | 34 %, 18     |
 * | update, 25 quotes   | 2430 B   | 20 %, 16     | 16 %, 21   | 14.1 %, 26   | 14.0 %, 24   | 14.0 %, 37   |
 * | update, 250 quotes  | 23.9 kB  | 13 %, 34     | 10.5 %, 64 | 8.7 %, 122   | 8.6 %, 145   | 8.3 %, 252   |
 * | snapshot, 500       | 54.5 kB  | 15 %, 76     | 11.2 %, 79 | 10.3 %, 240  | 10.0 %, 426  | 9.9 %, 867   |
 * | the same, 10 past   | 157 kB   | 22 %, 456    | 16 %, 474  | 12.4 %, 1105 | 12.3 %, 2017 | 11.9 %, 6495 |
 *
 * Level 5 is the last that saves bytes worth their time. The strategies `Z_FIXED` and `Z_FILTERED` and
 * other memory levels were no better, `Z_HUFFMAN_ONLY` far worse. The smallest documents shrink little
 * but never grew, so there is one rule: everything is compressed.
 */
export const DEFLATE_LEVEL = 5;

/** A document as a frame of `quotewire.v1.deflate`: raw deflate, complete in itself. */
export function deflateFrame(document: string): Uint8Array<ArrayBuffer> {
  return kindFrame(DEFLATE_KINDS.alone, deflateRawSync(document, { level: DEFLATE_LEVEL }));
}

/** A frame of what has been compressed: a copy, because compressors' buffers are larger than what is in them. */
export function kindFrame(kind: DeflateKind, compressed: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(1 + compressed.length);
  frame[0] = kind;
  frame.set(compressed, 1);
  return frame;
}
