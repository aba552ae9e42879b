import * as v from "valibot";
import { TOKEN_CHARACTERS_MAX } from "../auth/carriers.ts";

/** The price feed's v1 subprotocol in text frames; `docs/protocol.md` describes it for clients. */
export const PRICE_PROTOCOL_JSON = "quotewire.v1.json";

/** The same, with the server's documents compressed, each by itself, in binary frames. */
export const PRICE_PROTOCOL_DEFLATE = "quotewire.v1.deflate";

/** How often a `heartbeat` comes; a client that hears nothing for some of these has a dead connection. */
export const HEARTBEAT_INTERVAL_MS = 1000;

/** Bounds that every client meets; `hello` states them. */
export const PROTOCOL_LIMITS = {
  /** Symbols in one subscription. */
  symbolsMax: 2000,
  /** Sources in one subscription. */
  sourcesMax: 100,
  /** Past prices per quote in a snapshot. */
  historyMax: 100,
  /** Largest `max_rate_ms`. */
  rateMsMax: 60_000,
  /** Quotes in one `snapshot` frame. */
  snapshotQuotesMax: 500,
  /** Requests that change the subscription, or resume, kept up for ever. */
  changesPerSecondMax: 5,
  /** The same, at once after a silence. */
  changesBurstMax: 20,
} as const;

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(32));
/** Ties a reply to its request; the client chooses it. */
export const requestId = v.union([
  v.pipe(v.number(), v.safeInteger()),
  v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
]);

const subscriptionEntries = {
  /** Which symbols; "*" for all, present and future. */
  symbols: names(PROTOCOL_LIMITS.symbolsMax),
  /** Which sources; all when left out. */
  sources: v.optional(names(PROTOCOL_LIMITS.sourcesMax)),
  /** How many past prices come with each quote of a snapshot. */
  history: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(PROTOCOL_LIMITS.historyMax)),
  ),
  /** At most one update in this many milliseconds; 0 for each change. */
  max_rate_ms: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(PROTOCOL_LIMITS.rateMsMax)),
  ),
};

/** Their number is looked at first: a message has room for 30,000, each of which may be wrong. */
function names(max: number) {
  return v.pipe(
    v.unknown(),
    v.check((list) => !Array.isArray(list) || list.length <= max, `must be ${max} names at most`),
    v.union([v.literal("*"), v.pipe(v.array(name), v.minLength(1))]),
  );
}

/** Everything that a client may send under v1. */
export const clientMessageSchema = v.variant("type", [
  v.object({ type: v.literal("subscribe"), id: requestId, ...subscriptionEntries }),
  v.object({
    type: v.literal("unsubscribe"),
    id: requestId,
    symbols: names(PROTOCOL_LIMITS.symbolsMax),
  }),
  v.object({
    type: v.literal("resume"),
    id: requestId,
    epoch: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
    seq: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    ...subscriptionEntries,
  }),
  v.object({ type: v.literal("stats"), id: requestId }),
  v.object({ type: v.literal("ping"), id: requestId }),
]);

/** One message of a client. */
export type ClientMessage = v.InferOutput<typeof clientMessageSchema>;

/** Ties a reply to its request; the client chooses it. */
export type RequestId = v.InferOutput<typeof requestId>;

/** For whom the server takes the client, and how long still. */
const authTerms = {
  subject: v.string(),
  /** Left out for never. */
  expires_in_ms: v.optional(v.number()),
};

/** Shows a token on an open socket: the first, or a later one in its place. */
export const authRequestSchema = v.object({
  type: v.literal("auth"),
  id: v.optional(requestId),
  token: v.pipe(v.string(), v.minLength(1), v.maxLength(TOKEN_CHARACTERS_MAX)),
});

/** Shows a token on an open socket: the first, or a later one in its place. */
export type AuthRequest = v.InferOutput<typeof authRequestSchema>;

/** For whom the server takes the client, and how long still. */
export type AuthTerms = { readonly subject: string; readonly expires_in_ms?: number | undefined };

const authFrame = v.object({ type: v.literal("auth"), id: v.optional(requestId), ...authTerms });
const errorFrame = v.object({
  type: v.literal("error"),
  id: v.optional(requestId),
  code: v.string(),
  message: v.string(),
});

/** Both protocols' `hello`, where authentication is on. */
export const helloAuthSchema = v.optional(v.object(authTerms));

/** The answer to an `auth` message, on any socket. */
export const authReplySchema = v.variant("type", [authFrame, errorFrame]);

/** The answer to an `auth` message, on any socket. */
export type AuthReply = v.InferOutput<typeof authReplySchema>;

const wireQuote = v.object({
  symbol: v.string(),
  source: v.string(),
  price: v.number(),
  /** Unix seconds, as in the table. */
  timestamp: v.number(),
  /** Insert time in milliseconds since the unix epoch. */
  time: v.number(),
  /** First price of the UTC day; on snapshots alone. */
  open: v.optional(v.number()),
  /** Past prices as `[timestamp, price]`, oldest first; on snapshots of subscriptions that asked for it. */
  history: v.optional(v.array(v.tuple([v.number(), v.number()]))),
});

const wireNames = v.union([v.literal("*"), v.pipe(v.array(v.string()), v.readonly())]);

const wireSubscription = v.object({
  symbols: wireNames,
  sources: wireNames,
  history: v.number(),
  max_rate_ms: v.number(),
});

const wireFeed = v.object({
  status: v.picklist(["live", "delayed", "down"]),
  mode: v.picklist(["poll", "listen"]),
  age_ms: v.number(),
});

/** Everything that the server may send under v1. Clients ignore types they do not know. */
export const serverMessageSchema = v.variant("type", [
  v.object({
    type: v.literal("hello"),
    session: v.string(),
    epoch: v.string(),
    server_time: v.number(),
    heartbeat_ms: v.number(),
    limits: v.record(v.string(), v.number()),
    auth: helloAuthSchema,
  }),
  v.object({ type: v.literal("ack"), id: requestId, subscription: wireSubscription }),
  v.object({
    type: v.literal("snapshot"),
    epoch: v.string(),
    seq: v.number(),
    quotes: v.array(wireQuote),
    complete: v.boolean(),
  }),
  v.object({
    type: v.literal("update"),
    seq: v.number(),
    quotes: v.array(wireQuote),
    conflated: v.optional(v.number()),
  }),
  v.object({
    type: v.literal("heartbeat"),
    seq: v.number(),
    server_time: v.number(),
    feed: wireFeed,
  }),
  v.object({
    type: v.literal("resumed"),
    from: v.number(),
    to: v.number(),
    kind: v.picklist(["delta", "snapshot"]),
  }),
  v.object({ type: v.literal("stats"), id: requestId, stats: v.record(v.string(), v.unknown()) }),
  v.object({ type: v.literal("pong"), id: requestId, server_time: v.number() }),
  errorFrame,
  authFrame,
  v.object({ type: v.literal("closing"), reason: v.string(), reconnect_after_ms: v.number() }),
]);

/** One message of the server. */
export type ServerMessage = v.InferOutput<typeof serverMessageSchema>;

/** A quote as clients see it. */
export type WireQuote = v.InferOutput<typeof wireQuote>;

/** A subscription as `ack` states it. */
export type WireSubscription = v.InferOutput<typeof wireSubscription>;

/** The feed's state as `heartbeat` states it. */
export type WireFeed = v.InferOutput<typeof wireFeed>;
