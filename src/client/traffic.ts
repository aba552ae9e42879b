/** What a client has received, since it was made. */
export interface Traffic {
  /** WebSocket messages. */
  readonly frames: number;
  /** Bytes of the frames as they came, without those of the WebSocket itself. */
  readonly wireBytes: number;
  /** Bytes of the documents in them: more, where they came compressed. */
  readonly documentBytes: number;
}

/** A client that has received nothing. */
export const NO_TRAFFIC: Traffic = { frames: 0, wireBytes: 0, documentBytes: 0 };

/** One frame more. */
export function withFrame(traffic: Traffic, wireBytes: number, documentBytes: number): Traffic {
  return {
    frames: traffic.frames + 1,
    wireBytes: traffic.wireBytes + wireBytes,
    documentBytes: traffic.documentBytes + documentBytes,
  };
}
