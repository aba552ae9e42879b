import type { ChatMessage, HistoryPage } from "../db/chat_store.ts";
import { lastingPart } from "../db/shared_chat_store.ts";

/** What somebody is to be told of what was said before. */
export interface JoinedHistoryOptions {
  readonly limit: number;
  /** Only messages after this id. */
  readonly after: string | undefined;
  /** Only messages before this id. */
  readonly before?: string | undefined;
  /** Whether a message is still to be told to the room, and the newcomer will hear it then. */
  readonly isPending: (id: string) => boolean;
}

/** Above every id. */
const ABOVE_IDS = "g";

/**
 * The history for somebody who enters the room now, or asks while the database is away: what the database
 * has and what the room was told lately, each message once, without those that are told after this moment.
 *
 * @param page what the database had a moment ago
 * @param recent what the room was told lately, oldest first
 */
export function joinedHistory(
  page: HistoryPage,
  recent: readonly ChatMessage[],
  { limit, after = "", before = ABOVE_IDS, isPending }: JoinedHistoryOptions,
): HistoryPage {
  const byId = new Map(page.messages.map((message) => [lastingPart(message.id), message]));
  const oldest = page.more ? page.messages[0]?.id ?? "" : after;
  for (const message of recent) {
    if (message.id > after && message.id > oldest && message.id < before) {
      byId.set(lastingPart(message.id), message);
    }
  }
  const messages = [...byId.values()]
    .filter(({ id }) => !isPending(id))
    .sort((a, b) => a.id < b.id ? -1 : 1);
  const newest = limit === 0 ? [] : messages.slice(-limit);
  return { messages: newest, more: page.more || newest.length < messages.length };
}
