/**
 * Live prices from a Quotewire server, in browsers, Deno and Node.js: connects, subscribes, notices when
 * the server is gone or mute, reconnects with jitter, and goes on from where it was.
 *
 * ```ts ignore
 * import { FeedClient } from "@quotewire/client";
 *
 * const client = new FeedClient({
 *   url: "ws://127.0.0.1:8080/ws",
 *   subscription: { symbols: ["AAPL", "MSFT"] },
 * });
 * client.on("snapshot", ({ quotes }) => quotes.forEach(print));
 * client.on("update", ({ quotes }) => quotes.forEach(print));
 * client.start();
 *
 * function print({ symbol, source, price }: { symbol: string; source: string; price: number }) {
 *   console.log(symbol, source, price);
 * }
 * ```
 *
 * The chat is a client of its own, `ChatClient` in `@quotewire/client/chat`.
 *
 * @module
 */

export type { FeedStatus } from "../price/feed_status.ts";
export type { PricePoint } from "../price/price_history.ts";
export type { ClientQuote } from "./client_quote.ts";
export type { ClientSocket, WebSocketConstructor } from "./client_socket.ts";
export type { Clock } from "./clock.ts";
export type { Compression } from "./compression.ts";
export type { ConnectOptions } from "./connect_options.ts";
export { FeedClient, type FeedClientOptions } from "./feed_client.ts";
export type { ClientFault, FeedEvents } from "./feed_events.ts";
export type { LinkState, StopReason } from "./link_state.ts";
export type { SubscriptionOptions } from "./subscription.ts";
export type { TokenSource } from "./token_keeper.ts";
export type { Traffic } from "./traffic.ts";
export type { WakeSource } from "./wake.ts";
