import type { Clock } from "./clock.ts";
import { deflateFault, type Inflated, TooBigError, writeSlices } from "./inflate.ts";

/** Generous, for a document that is being decompressed and comes from nowhere else. */
const DOCUMENT_DEADLINE_MS = 10_000;
const NEWLINE = 10;

/**
 * A stream of raw deflate that goes on from piece to piece, each of one document in text and a newline.
 * After anything but text it is of no use any more.
 */
export class InflateStream {
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #clock: Clock;
  readonly #bytesMax: number;
  /** Why it is of no use any more. */
  #stopped: unknown;

  /** @param bytesMax largest size of one document in UTF-8 */
  constructor(bytesMax: number, clock: Clock) {
    const stream = new DecompressionStream("deflate-raw");
    this.#writer = stream.writable.getWriter();
    this.#reader = stream.readable.getReader();
    this.#bytesMax = bytesMax;
    this.#clock = clock;
  }

  /** The document of the next piece. Never rejects. MUST NOT be called before the last call has ended. */
  async next(
    piece: Uint8Array<ArrayBuffer>,
  ): Promise<Extract<Inflated, { kind: "text" | "fatal" }>> {
    const cancelDeadline = this.#clock.schedule(
      () => this.#stop(new Error(`it has no end after ${DOCUMENT_DEADLINE_MS} ms`)),
      DOCUMENT_DEADLINE_MS,
    );
    try {
      // Not awaited: what is left of a piece after its document may be taken in only with the next one.
      writeSlices(this.#writer, piece).catch((error) => this.#stop(error));
      return await this.#read();
    } catch (error) {
      this.#stop(error);
      const fault = error instanceof TooBigError ? error.message : deflateFault(error);
      return { kind: "fatal", fault };
    } finally {
      cancelDeadline();
    }
  }

  /** Frees what it holds. A document that is under way ends as a fault. */
  close(): void {
    this.#stop(new Error("it was closed"));
  }

  async #read(): Promise<Extract<Inflated, { kind: "text" }>> {
    let text = "";
    let bytes = 0;
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) throw this.#stopped ?? new Error("it ended");
      const newline = value.indexOf(NEWLINE);
      const ends = newline >= 0;
      if (ends && newline < value.length - 1) throw new Error("it goes on after its newline");
      bytes += ends ? newline : value.length;
      if (bytes > this.#bytesMax) throw new TooBigError(this.#bytesMax);
      text += this.#decoder.decode(ends ? value.subarray(0, newline) : value, { stream: !ends });
      if (ends) return { kind: "text", text, bytes };
    }
  }

  #stop(reason: unknown): void {
    this.#stopped ??= reason;
    // Both reject only where the stream has failed already, with what it failed with. That is nobody's news:
    // it is the fault that this or the next call of `next` returns.
    this.#writer.abort(reason).catch(() => {});
    this.#reader.cancel(reason).catch(() => {});
  }
}
