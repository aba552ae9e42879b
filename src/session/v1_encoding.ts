import { deflateFrame } from "./deflate_frame.ts";
import { updateFrame } from "./frames.ts";
import type { Frame } from "./outbox.ts";
import { PRICE_PROTOCOL_DEFLATE, PRICE_PROTOCOL_JSON } from "./protocol.ts";
import { sameForAll, type SharedEncoder } from "./shared_frames.ts";
import type { SharedStreams } from "./shared_streams.ts";

/**
 * How the documents of v1 become frames. There is one object for each way in a worker, so that it can be
 * what sessions share frames by.
 */
export interface V1Encoding {
  /** The subprotocol that stands for it. */
  readonly protocol: string;
  /** Makes the frame of one document. */
  encode(document: string): Frame;
  /** Makes the frames of an update for all who get the same. */
  readonly sharedUpdate: SharedEncoder;
}

/** One text frame a document. */
export const JSON_ENCODING: V1Encoding = v1Encoding(PRICE_PROTOCOL_JSON, (document) => document);

/** One binary frame a document, shared updates as pieces of a stream, all others compressed by themselves. */
export function deflateEncoding(streams: SharedStreams): V1Encoding {
  return {
    protocol: PRICE_PROTOCOL_DEFLATE,
    encode: deflateFrame,
    sharedUpdate: streams.encode,
  };
}

/** Makes an encoding, from what makes a frame of one document. */
export function v1Encoding(protocol: string, encode: (document: string) => Frame): V1Encoding {
  return {
    protocol,
    encode,
    sharedUpdate: sameForAll((selected) => [encode(updateFrame(selected.seq, selected.json(), 0))]),
  };
}
