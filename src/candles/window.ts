import { withDeadline } from "../lifecycle.ts";
import type {
  CandleAnswer,
  CandleQuestion,
  FromCandleDesk,
  ToCandleDesk,
} from "./desk_messages.ts";

/** Longer than the desk waits for the database, which it may ask several times. */
const ANSWER_DEADLINE_MS = 30_000;
const WAITING_MAX = 200;

/** A worker's way to the candle desk. */
export class CandleWindow {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, (answer: CandleAnswer) => void>();
  #lastRequest = 0;

  /** @param port from `CandleDesk.openLink` */
  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = (event: MessageEvent<FromCandleDesk>) => {
      this.#waiting.get(event.data.request)?.(event.data.answer);
    };
  }

  /** As `CandleDesk.answer`. @throws {DeadlineError} without an answer within 30 s */
  async ask(question: CandleQuestion, asker: string | undefined): Promise<CandleAnswer> {
    if (this.#waiting.size >= WAITING_MAX) return { kind: "busy" };
    this.#lastRequest += 1;
    const request = this.#lastRequest;
    const { promise, resolve } = Promise.withResolvers<CandleAnswer>();
    this.#waiting.set(request, resolve);
    this.#port.postMessage({ request, question, asker } satisfies ToCandleDesk);
    try {
      return await withDeadline(promise, ANSWER_DEADLINE_MS, "ask for candles");
    } finally {
      this.#waiting.delete(request);
    }
  }

  close(): void {
    this.#port.close();
  }
}
