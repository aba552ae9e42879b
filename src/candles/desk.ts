import type { CandleStore } from "../db/candle_store.ts";
import { errorText } from "../errors.ts";
import type { Closable, IsolateLink } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { CandleAnswer, CandleQuestion, ToCandleDesk } from "./desk_messages.ts";
import { SharedAnswers } from "./shared_answers.ts";

const LIMITS = {
  freshMs: 500,
  costFactor: 4,
  entriesMax: 100,
  pendingMax: 32,
  // A page that compares sources asks for six at once.
  askerPendingMax: 8,
};
/** Of a database that cannot keep candles, each day is read from its rows. */
const DAYS_LIMITS = {
  freshMs: 1000,
  costFactor: 20,
  entriesMax: 1,
  pendingMax: 1,
  askerPendingMax: 1,
};
/** A database that is away fails every question. */
const LOG_INTERVAL_MS = 60_000;

const log = logger("candles");

/**
 * Answers what workers ask of charts: they have no way to the database themselves. One desk for all, so
 * that many who ask the same cost one query.
 */
export class CandleDesk implements Closable {
  readonly #store: CandleStore;
  readonly #candles = new SharedAnswers<CandleAnswer>(LIMITS);
  readonly #days = new SharedAnswers<CandleAnswer>(DAYS_LIMITS);
  readonly #links = new Set<IsolateLink>();
  #loggedAtMs = -Infinity;

  constructor(store: CandleStore) {
    this.#store = store;
  }

  /** A way for one worker to this desk. */
  openLink(): IsolateLink {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = async (event: MessageEvent<ToCandleDesk>) => {
      const { request, question, asker } = event.data;
      port1.postMessage({ request, answer: await this.answer(question, asker) });
    };
    const link: IsolateLink = {
      port: port2,
      close: () => {
        this.#links.delete(link);
        port1.close();
      },
    };
    this.#links.add(link);
    return link;
  }

  /**
   * What one question has for an answer; never rejects.
   *
   * @param asker address of who asks; undefined where addresses do not tell clients apart
   */
  async answer(question: CandleQuestion, asker: string | undefined): Promise<CandleAnswer> {
    try {
      return await this.#ask(question, asker) ?? { kind: "busy" };
    } catch (error) {
      const nowMs = performance.now();
      if (nowMs - this.#loggedAtMs > LOG_INTERVAL_MS) {
        this.#loggedAtMs = nowMs;
        log.warn("Candles cannot be read: {reason}", {
          code: "candles_unavailable",
          reason: errorText(error),
        });
      }
      return { kind: "unavailable" };
    }
  }

  close(): void {
    for (const link of this.#links) link.close();
  }

  #ask(question: CandleQuestion, asker: string | undefined): Promise<CandleAnswer> | undefined {
    if (question.kind === "days") {
      return this.#days.ask("", asker, async () => {
        return answerOf(await this.#store.days(Math.floor(Date.now() / 1000)));
      });
    }
    const { query } = question;
    return this.#candles.ask(JSON.stringify(query), asker, async () => {
      return answerOf(await this.#store.candles(query));
    });
  }
}

function answerOf(page: object): CandleAnswer {
  return { kind: "answer", text: JSON.stringify(page) };
}
