import type { Backbone } from "../backbone/backbone.ts";
import { Book } from "../price/book.ts";
import { decodeBookPart, encodeBookRequest, FEED_SUBJECTS } from "./feed_message.ts";

const PART_DEADLINE_MS = 2000;
/** Of what is fetched in all: a full book of 100,000 symbols and sources has a tenth of it. */
const PARTS_MAX = 20_000;

/** A leader's book, the caller's own. */
export interface FetchedBook {
  readonly seq: number;
  /** Holds every batch up to `seq`, and may hold later ones in part. */
  readonly book: Book;
}

/**
 * Fetches the leader's book, part by part.
 *
 * @throws {Error} when there is no answer in time, or one that is not understood; {RangeError} when the leader has begun anew meanwhile
 */
export async function fetchBook(
  backbone: Pick<Backbone, "request">,
  epoch: string,
  signal: AbortSignal,
): Promise<FetchedBook> {
  const book = new Book();
  let from = 0;
  let seq: number | undefined;
  for (let parts = 0; parts < PARTS_MAX; parts += 1) {
    const request = encodeBookRequest({ epoch, from });
    const part = decodeBookPart(
      await backbone.request(FEED_SUBJECTS.book, request, PART_DEADLINE_MS),
    );
    signal.throwIfAborted();
    if (part.epoch !== epoch) {
      throw new RangeError(`Cannot fetch the book: must be of ${epoch}, is of ${part.epoch}`);
    }
    // The first part is the oldest: what was changed later in it comes as batches.
    seq ??= part.seq;
    book.merge(part.entries);
    if (part.next === undefined) return { seq, book };
    if (part.next <= from) {
      throw new RangeError(`Cannot fetch the book: must go on after ${from}, goes to ${part.next}`);
    }
    from = part.next;
  }
  throw new RangeError(`Cannot fetch the book: must have at most ${PARTS_MAX} parts, has more`);
}
