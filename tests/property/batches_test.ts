import assert from "node:assert/strict";
import fc from "fast-check";
import { BatchBuilder } from "../../src/hub/batch_builder.ts";
import { BatchRing } from "../../src/hub/batch_ring.ts";
import { asBookCopy, asEnvelope, type BatchNotice, numbersAt } from "../../src/hub/envelope.ts";
import { Book } from "../../src/price/book.ts";
import type { Quote } from "../../src/price/quote.ts";
import { encodeQuotes, joinSome } from "../../src/price/quote_json.ts";

const aQuote: fc.Arbitrary<Quote> = fc.record({
  symbol: fc.constantFrom("A", "B", 'say "C"', "é\u2028"),
  source: fc.constantFrom("x", "y"),
  price: fc.double({ min: 1e-9, max: 1e15, noNaN: true }),
  timestamp: fc.integer({ min: 0, max: 10 }),
  id: fc.nat(1000),
  timeMs: fc.nat(),
  open: fc.double({ min: 1e-9, max: 1e15, noNaN: true }),
});
const quotes = fc.array(aQuote, { maxLength: 30 });

Deno.test("encodeQuotes() and joinSome() write JSON that says the same", () => {
  fc.assert(fc.property(quotes, fc.infiniteStream(fc.boolean()), (all, choice) => {
    const encoded = encodeQuotes(all);
    const told = (text: string) => JSON.parse(`[${text}]`);
    const expected = (list: readonly Quote[]) =>
      list.map(({ symbol, source, price, timestamp, timeMs }) => (
        { symbol, source, price, timestamp, time: timeMs }
      ));
    assert.deepEqual(told(encoded.joined), expected(all));
    const positions = all.flatMap((_, position) => choice.next().value ? [position] : []);
    const some = positions.flatMap((position) => all[position] ?? []);
    assert.deepEqual(told(joinSome(encoded, positions)), expected(some));
  }));
});

Deno.test("Book.apply() leaves the same newest quotes in whatever order and however often they come", () => {
  const orders = quotes.chain((all) =>
    fc.tuple(
      fc.constant(all),
      fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }),
    )
  );
  fc.assert(fc.property(orders, ([all, again]) => {
    // The table has one row for each id.
    const rows = new Map(
      again.map((quote) => [`${quote.symbol} ${quote.source} ${quote.id}`, quote]),
    );
    const [once, shuffled] = [new Book(), new Book()];
    once.apply([...rows.values()], 1);
    const kept = (quote: Quote) => rows.get(`${quote.symbol} ${quote.source} ${quote.id}`) ?? quote;
    again.forEach((quote, seq) => shuffled.apply([kept(quote)], seq));
    for (const { symbol, source } of all) {
      assert.deepEqual(shuffled.get(symbol, source)?.quote, once.get(symbol, source)?.quote);
    }
  }));
});

Deno.test("A book that follows batches is the book that they came from", () => {
  fc.assert(fc.property(fc.array(quotes, { maxLength: 8 }), (rounds) => {
    const [leader, follower] = [new Book(), new Book()];
    const builder = new BatchBuilder("e");
    const ring = new BatchRing();
    rounds.forEach((round, index) => {
      const built = builder.build(leader.apply(round, index + 1), index + 1);
      const batch = new BatchRing(ring.memory).read(ring.write(built));
      assert.ok(batch !== undefined);
      let named = 0;
      batch.numbers.forEach((number, at) => {
        follower.follow(number, numbersAt(batch, at), batch.seq, () => ({
          symbol: batch.names[named++] ?? "",
          source: batch.names[named++] ?? "",
        }));
      });
    });
    assert.deepEqual(follower.copy(), leader.copy());
  }));
});

Deno.test("BatchRing.read() gives a batch as it was written, or nothing once it is overwritten", () => {
  const large = fc.array(fc.array(aQuote, { minLength: 10, maxLength: 30 }), {
    minLength: 10,
    maxLength: 30,
  });
  fc.assert(fc.property(large, fc.nat(30), (rounds, behind) => {
    const ring = new BatchRing(new SharedArrayBuffer(8 + 8192));
    const reader = new BatchRing(ring.memory);
    const builder = new BatchBuilder("e");
    const book = new Book();
    const written: { notice: BatchNotice; values: Float64Array; joined: string }[] = [];
    rounds.forEach((round, index) => {
      // Each newer than the one before, so that none is left out.
      const fresh = round.map((quote, at) => ({ ...quote, timestamp: index * 100 + at }));
      const batch = builder.build(book.apply(fresh, index + 1), index + 1);
      const { values, encoded: { joined } } = batch;
      written.push({ notice: ring.write(batch), values, joined });
      const late = written[Math.max(written.length - 1 - behind, 0)];
      const read = late === undefined ? undefined : reader.read(late.notice);
      if (read === undefined) return;
      assert.deepEqual([read.values, read.encoded.joined], [late?.values, late?.joined]);
    });
    const last = written.at(-1);
    if (last !== undefined) {
      assert.ok(reader.read(last.notice) !== undefined, "the newest is there");
    }
  }));
});

Deno.test("asEnvelope() and asBookCopy() never throw, whatever else is posted", () => {
  const near = fc.record({
    kind: fc.constantFrom("batch", "status", "book", "book_request"),
    epoch: fc.oneof(fc.string(), fc.anything()),
    seq: fc.oneof(fc.nat(), fc.anything()),
    position: fc.anything(),
    feed: fc.anything(),
    entries: fc.anything(),
    saidAtMs: fc.oneof(fc.nat(), fc.anything()),
  }, { requiredKeys: [] });
  fc.assert(fc.property(fc.oneof(near, fc.anything()), (data) => {
    const envelope = asEnvelope(data);
    if (envelope !== undefined) assert.ok(Number.isSafeInteger(envelope.seq));
    if (envelope?.kind === "status") assert.ok(Number.isSafeInteger(envelope.saidAtMs));
    const copy = asBookCopy(data);
    if (copy !== undefined) assert.ok(Array.isArray(copy.entries));
  }));
});
