import * as v from "valibot";
import { symbolName } from "./peers/stream.js";

/** The stream as the generator is told it; see `peers/stream.js`. */
export interface ExpectedStream {
  readonly symbols: number;
  readonly stride: number;
  readonly total: number;
  readonly batch: number;
  readonly intervalUs: number;
  /** Whether every update must arrive or be counted as conflated, and not the last ones alone. */
  readonly exact: boolean;
}

const quotes = v.array(v.object({ symbol: v.string(), price: v.number() }));
const frameSchema = v.union([
  v.object({ type: v.literal("snapshot"), seq: v.number(), quotes, complete: v.boolean() }),
  v.object({
    type: v.literal("update"),
    seq: v.number(),
    quotes,
    conflated: v.optional(v.number(), 0),
  }),
  v.object({ type: v.literal("heartbeat"), seq: v.number() }),
  v.object({ type: v.picklist(["error", "closing"]) }),
  v.object({ type: v.picklist(["hello", "ack"]) }),
  // What a server without a protocol sends: one quote.
  v.object({ symbol: v.string(), price: v.number() }),
]);

type Frame = v.InferOutput<typeof frameSchema>;
type Quotes = v.InferOutput<typeof quotes>;

/** What one client has received, held against what was published. The same checks as in generator.c. */
export class Received {
  delivered = 0;
  conflated = 0;
  heartbeats = 0;
  /** Whether everything before the stream has come. */
  ready = false;
  readonly faults: string[] = [];
  readonly #stream: ExpectedStream;
  readonly #keys: ReadonlyMap<string, number>;
  readonly #onUpdate: (update: number) => void;
  /** Newest update of each symbol that the client has asked for; -2 before the snapshot. */
  readonly #last: Map<number, number>;
  readonly #expected: number;
  readonly #final: ReadonlyMap<number, number>;
  #seq = -1;
  #baseSeq = -1;

  /**
   * @param wanted numbers of the symbols that the client has asked for
   * @param onUpdate told the number of each update as it is delivered
   */
  constructor(
    stream: ExpectedStream,
    wanted: readonly number[],
    onUpdate: (update: number) => void,
  ) {
    this.#stream = stream;
    this.#onUpdate = onUpdate;
    this.#keys = new Map(wanted.map((key) => [symbolName(key), key]));
    this.#last = new Map(wanted.map((key) => [key, -2]));
    const final = new Map(wanted.map((key) => [key, -1]));
    let expected = 0;
    for (let update = 0; update < stream.total; update += 1) {
      const key = update * stream.stride % stream.symbols;
      if (!final.has(key)) continue;
      final.set(key, update);
      expected += 1;
    }
    this.#final = final;
    this.#expected = expected;
  }

  /** Whether it has all that was published, and the last price of each symbol. */
  get complete(): boolean {
    if (this.#stream.exact && this.delivered + this.conflated < this.#expected) return false;
    return [...this.#final].every(([key, update]) => this.#last.get(key) === update);
  }

  /** Takes one frame's text. */
  take(text: string): void {
    const parsed = v.safeParse(frameSchema, JSON.parse(text));
    if (!parsed.success) return this.#fault(`cannot read ${text.slice(0, 120)}`);
    this.#takeFrame(parsed.output, text);
  }

  /** Says what is missing at the end. */
  checkEnd(): void {
    if (this.complete) return;
    this.#fault(
      `${this.delivered} delivered and ${this.conflated} conflated of ${this.#expected} published, ` +
        "or a symbol without its last price",
    );
  }

  #takeFrame(frame: Frame, text: string): void {
    if (!("type" in frame)) return this.#takeUpdates([frame], 0);
    switch (frame.type) {
      case "snapshot":
        if (this.ready) this.#fault("was sent a second snapshot");
        for (const { key, update } of this.#read(frame.quotes)) this.#last.set(key, update);
        this.#baseSeq = frame.seq;
        this.#claim(frame.seq);
        this.ready = frame.complete;
        return;
      case "update":
        this.#takeUpdates(frame.quotes, frame.conflated);
        return this.#claim(frame.seq);
      case "heartbeat":
        this.heartbeats += 1;
        if (this.#baseSeq >= 0) this.#claim(frame.seq);
        return;
      case "error":
      case "closing":
        return this.#fault(`server says ${text.slice(0, 120)}`);
    }
  }

  #takeUpdates(quotes: Quotes, conflated: number): void {
    for (const { key, update } of this.#read(quotes)) {
      const last = this.#last.get(key) ?? -2;
      if (update <= last) this.#fault(`symbol ${key} went back from update ${last} to ${update}`);
      this.#last.set(key, update);
      this.delivered += 1;
      this.#onUpdate(update);
    }
    this.conflated += conflated;
    if (this.delivered + this.conflated > this.#expected) {
      this.#fault(
        `${this.delivered} delivered and ${this.conflated} conflated of ${this.#expected} published`,
      );
    }
  }

  #read(quotes: Quotes): { key: number; update: number }[] {
    const { stride, symbols, total } = this.#stream;
    return quotes.flatMap(({ symbol, price }) => {
      const key = this.#keys.get(symbol);
      const update = Math.round(price * 100) - 10_000;
      const published = update === -1 ||
        (update >= 0 && update < total && update * stride % symbols === key);
      if (key !== undefined && published) return { key, update };
      this.#fault(`update ${update} of ${symbol} was not published, or not asked for`);
      return [];
    });
  }

  /** "You have been sent everything up to here": batches are numbered one by one. */
  #claim(seq: number): void {
    if (seq < this.#seq) this.#fault(`sequence number went back from ${this.#seq} to ${seq}`);
    this.#seq = seq;
    if (this.#baseSeq < 0 || this.#keys.size < this.#stream.symbols || !this.#stream.exact) return;
    const promised = (seq - this.#baseSeq) * this.#stream.batch;
    const accounted = this.delivered + this.conflated;
    if (accounted < promised) {
      this.#fault(`number ${seq} promises ${promised} updates, has ${accounted}`);
    }
  }

  #fault(text: string): void {
    this.faults.push(text);
  }
}
