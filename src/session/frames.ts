import type { BookEntry } from "../price/book.ts";
import type { FeedStatus } from "../price/feed_status.ts";
import type { Quote } from "../price/quote.ts";
import type { ServerMessage, WireFeed, WireQuote } from "./protocol.ts";

/** Encodes any message that is not hot; updates are put together from encoded quotes. */
export function frame(message: ServerMessage): string {
  return JSON.stringify(message);
}

/** A quote as a classic client knows it: the four columns of the table. */
export function classicQuoteJson(quote: Quote): string {
  const { symbol, price, source, timestamp } = quote;
  return JSON.stringify({ symbol, price, source, timestamp });
}

/** @param quotes encoded already, separated by commas */
export function updateFrame(seq: number, quotes: string, conflated: number): string {
  const lost = conflated > 0 ? `,"conflated":${conflated}` : "";
  return `{"type":"update","seq":${seq},"quotes":[${quotes}]${lost}}`;
}

/** A quote as it stands in a snapshot: with the day's opening price, and past prices if asked for. */
export function snapshotQuote(entry: BookEntry, historyLength: number): WireQuote {
  const { symbol, source, price, timestamp, timeMs, open } = entry.quote;
  const quote: WireQuote = { symbol, source, price, timestamp, time: timeMs, open };
  if (historyLength > 0) {
    quote.history = entry.history.slice(-historyLength).map((
      point,
    ) => [point.timestamp, point.price]);
  }
  return quote;
}

/** The feed's state in the protocol's words. */
export function wireFeed({ status, mode, ageMs }: FeedStatus): WireFeed {
  return { status, mode, age_ms: ageMs };
}

/** The feed's state, and the position up to which its receiver has everything. */
export function heartbeatFrame(seq: number, feed: FeedStatus): string {
  return frame({ type: "heartbeat", seq, server_time: Date.now(), feed: wireFeed(feed) });
}
