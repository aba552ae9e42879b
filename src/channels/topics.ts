import * as v from "valibot";
import { excerpt } from "../excerpt.ts";
import type { BookEntry } from "../price/book.ts";
import { quoteJson } from "../price/quote_json.ts";

/** What the topic stream can carry. */
export const TOPICS = ["random", "prices", "stats"] as const;

/** Name of a topic. */
export type Topic = typeof TOPICS[number];

/** A topic that speaks once a second, whatever happens. */
export type TimedTopic = Exclude<Topic, "prices">;

/** One second's frames of the timed topics: each is encoded at the first call, for all who get it. */
export type TimedFrames = { readonly [T in TimedTopic]: () => string };

/** The topics that a client chose, or why they cannot be had. */
export type TopicChoice =
  | { readonly ok: true; readonly topics: ReadonlySet<Topic> }
  | { readonly ok: false; readonly fault: string };

const DEFAULT_TOPICS: ReadonlySet<Topic> = new Set(["random"]);
const topicSchema = v.picklist(TOPICS);

/** Reads `?topics=random,prices`; without it a client gets `random` alone. */
export function readTopics(query: URLSearchParams): TopicChoice {
  const given = query.getAll("topics");
  if (given.length === 0) return { ok: true, topics: DEFAULT_TOPICS };
  const topics = new Set<Topic>();
  for (const word of given.flatMap((list) => list.split(","))) {
    const parsed = v.safeParse(topicSchema, word);
    if (!parsed.success) {
      const rule = `topics must be some of ${TOPICS.join(", ")}`;
      return { ok: false, fault: `${rule}, is ${excerpt(word)}` };
    }
    topics.add(parsed.output);
  }
  return { ok: true, topics };
}

/** Frames of the timed topics as they are now. */
export function timedFrames(stats: () => Record<string, unknown>): TimedFrames {
  return {
    random: once(() => topicFrame("random", { num: randomU32(), message: "Hello, world!" })),
    stats: once(() => topicFrame("stats", stats())),
  };
}

/** One frame of the topic `prices` per quote, each as it stands in an update of v1. */
export function priceFrames(entries: readonly BookEntry[]): readonly string[] {
  return entries.map(({ quote }) => `{"topic":"prices","payload":${quoteJson(quote)}}`);
}

function topicFrame(topic: TimedTopic, payload: Record<string, unknown>): string {
  return JSON.stringify({ topic, payload });
}

/** 0 to 4294967295, so that every reader of JSON has a type for it. */
function randomU32(): number {
  const [num = 0] = crypto.getRandomValues(new Uint32Array(1));
  return num;
}

function once(make: () => string): () => string {
  let made: string | undefined;
  return () => made ??= make();
}
