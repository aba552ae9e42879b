import type { Context } from "hono";
import type { Guarded } from "./api_guard.ts";
import type { OpenAnswer } from "./open_answers.ts";

/** A part of an answer. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** What is sent at once, and what an answer without a reader holds at most beyond what others share. */
const PIECE_BYTES = 262_144;
/** An answer that is not longer goes out whole: unread it costs no more than its headers. */
const WHOLE_BYTES_MAX = 1024;

const encoder = new TextEncoder();

/**
 * Answers with these parts, which may be shared with other answers, as the client takes them: a body that is
 * handed over as a whole counts as sent at once, though nobody reads it (measured on Deno 2.9.6).
 */
export function answerPiecewise(
  c: Context<Guarded>,
  content: readonly Bytes[] | string,
  contentType = "application/json",
): Response {
  const parts = typeof content === "string" ? [encoder.encode(content)] : content;
  // By its length a client can tell an answer that was cut short.
  const bytes = lengthOf(parts);
  const headers = { "content-type": contentType, "content-length": String(bytes) };
  const isWhole = bytes <= WHOLE_BYTES_MAX;
  return c.body(isWhole ? joined(parts) : piecewiseBody(parts, c.get("answer")), 200, headers);
}

/** The body of such an answer. When the client is given up, it ends, and nothing of the rest is kept. */
export function piecewiseBody(
  parts: readonly Bytes[],
  answer: OpenAnswer,
): ReadableStream<Bytes> {
  let rest: Iterator<Bytes> | undefined = pieces(parts);
  return new ReadableStream<Bytes>({
    start(controller) {
      answer.onGivenUp = () => {
        // An error instead would be written to the log by Deno.
        if (rest !== undefined) controller.close();
        rest = undefined;
      };
    },
    pull(controller) {
      answer.goOn();
      const { done, value } = rest?.next() ?? { done: true };
      if (done !== true) return controller.enqueue(value);
      rest = undefined;
      controller.close();
    },
  }, { highWaterMark: 0 });
}

/** The same bytes in pieces of one size at most. What is small is copied, what is large is not. */
export function* pieces(parts: readonly Bytes[]): Generator<Bytes, undefined> {
  let gathered: Bytes[] = [];
  let bytes = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE_BYTES) {
      const piece = part.subarray(at, at + PIECE_BYTES);
      if (bytes + piece.length > PIECE_BYTES) {
        yield joined(gathered);
        gathered = [];
        bytes = 0;
      }
      gathered.push(piece);
      bytes += piece.length;
    }
  }
  if (bytes > 0) yield joined(gathered);
}

function joined(parts: readonly Bytes[]): Bytes {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return only;
  const all = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function lengthOf(parts: readonly Bytes[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
