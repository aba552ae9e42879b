import { connect, type Dialogue, type Json } from "./dialogue.ts";
import type { TestServer } from "./server.ts";

/** Where a client is: what it resumes by. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** A client of one server that looks at every frame as it comes, without a book of its own to hide behind. */
export class RawWitness implements AsyncDisposable {
  readonly #dialogue: Dialogue;

  private constructor(dialogue: Dialogue) {
    this.#dialogue = dialogue;
  }

  /** Connects, and subscribes to everything. */
  static async subscribe(server: TestServer): Promise<RawWitness> {
    const dialogue = await connect(`${server.socketUrl}/ws`);
    dialogue.send({ type: "subscribe", id: 1, symbols: "*" });
    return new RawWitness(dialogue);
  }

  /** Connects, and goes on from where another connection was; returns how the server answered, too. */
  static async resume(server: TestServer, position: Position): Promise<[RawWitness, Json]> {
    const dialogue = await connect(`${server.socketUrl}/ws`);
    dialogue.send({ type: "resume", id: 1, ...position, symbols: "*" });
    return [new RawWitness(dialogue), await dialogue.nextOf("resumed")];
  }

  /** Prices of a symbol in the order in which they came. */
  prices(symbol: string): number[] {
    return this.#quotes().filter((quote) => quote.symbol === symbol).map(({ price }) => price);
  }

  /** The price of a symbol that came last. */
  price(symbol: string): number | undefined {
    return this.prices(symbol).at(-1);
  }

  /** Prices of a symbol that were lower than the one before, as text. */
  relapses(symbol: string): string[] {
    return this.prices(symbol).flatMap((price, index, all) =>
      price < (all[index - 1] ?? 0) ? [`${all[index - 1]} to ${price}`] : []
    );
  }

  /** Symbols in the updates that came. */
  get updated(): string[] {
    return this.#frames("update").flatMap((frame) => quotesOf(frame).map(({ symbol }) => symbol));
  }

  /** What the server said last of itself and of what it has sent. */
  get position(): Position | undefined {
    const epoch = this.#frames("snapshot").at(-1)?.epoch ?? this.#frames("hello").at(-1)?.epoch;
    const seqs = this.#dialogue.received.map(({ seq }) => seq).filter(isNumber);
    const seq = seqs.at(-1);
    return typeof epoch === "string" && seq !== undefined ? { epoch, seq } : undefined;
  }

  /** Every status that the server has told, one after the other. */
  get statuses(): string[] {
    return this.#dialogue.received.flatMap(statusOf);
  }

  /** The last status that the server told before it sent that price for the first time. */
  statusBefore(price: number): string | undefined {
    const { received } = this.#dialogue;
    const at = received.findIndex((frame) =>
      quotesOf(frame).some((quote) => quote.price === price)
    );
    return received.slice(0, Math.max(at, 0)).flatMap(statusOf).at(-1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dialogue[Symbol.asyncDispose]();
  }

  #frames(type: string): Json[] {
    return this.#dialogue.received.filter((frame) => frame.type === type);
  }

  #quotes(): { readonly symbol: string; readonly price: number }[] {
    return this.#dialogue.received
      .filter(({ type }) => type === "snapshot" || type === "update").flatMap(quotesOf);
  }
}

function quotesOf({ quotes }: Json): { readonly symbol: string; readonly price: number }[] {
  return Array.isArray(quotes) ? quotes : [];
}

function statusOf({ feed }: Json): string[] {
  const has = typeof feed === "object" && feed !== null && "status" in feed;
  return has ? [String(feed.status)] : [];
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
