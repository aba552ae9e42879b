/** The first byte of each frame of `quotewire.v1.deflate`: what the bytes after it are. */
export const DEFLATE_KINDS = {
  /** A document complete in itself. */
  alone: 0,
  /** The next piece of the stream that the receiver has had every piece of. */
  piece: 1,
  /** The first piece of a stream, which replaces the one before. */
  first: 2,
} as const;

/** Any of them. */
export type DeflateKind = (typeof DEFLATE_KINDS)[keyof typeof DEFLATE_KINDS];
