import * as v from "valibot";
import { base64Schema } from "../base64_text.ts";
import { withoutEmojiFormat } from "../emoji_format.ts";
import { authReplySchema, helloAuthSchema } from "./protocol.ts";
import type { RateLimitOptions } from "./rate_limit.ts";

/** The chat's JSON subprotocol; `docs/protocol.md` describes it for clients. */
export const CHAT_PROTOCOL_JSON = "quotewire.chat.v1";

/** How often a `heartbeat` comes over a chat connection. */
export const CHAT_HEARTBEAT_INTERVAL_MS = 5000;

/** The room of `/chat`. */
export const DEFAULT_ROOM = "lobby";

/** Bounds that every chat client meets; `hello` states them. */
export const CHAT_LIMITS = {
  /** Characters in one `message`. */
  contentMax: 8000,
  /** Characters of a username. */
  usernameMax: 32,
  /** Characters of a room's name. */
  roomMax: 64,
  /** Rooms that one connection may be in. */
  roomsMax: 20,
  /** Messages in one `history`. */
  historyMax: 100,
  /** Names in one `presence`; `count` is exact beyond it. */
  presenceMax: 100,
  /** Requests a second that a connection may keep up. */
  requestsPerSecondMax: 20,
  /** Requests that it may make at once after a silence. */
  requestsBurstMax: 100,
  /** Joins among them that it may keep up. */
  joinsPerSecondMax: 5,
  /** Joins at once: twice as many as it may be in rooms, because a name may be taken. */
  joinsBurstMax: 40,
} as const;

/** The requests of `CHAT_LIMITS`, as every talker is held to them. */
export const CHAT_RATE: RateLimitOptions = {
  perSecondMax: CHAT_LIMITS.requestsPerSecondMax,
  burstMax: CHAT_LIMITS.requestsBurstMax,
};

/** The joins of `CHAT_LIMITS`: each is told to the room, and brings its history. */
export const JOIN_RATE: RateLimitOptions = {
  perSecondMax: CHAT_LIMITS.joinsPerSecondMax,
  burstMax: CHAT_LIMITS.joinsBurstMax,
};

/** How much history a `join` brings when it does not say. */
export const HISTORY_DEFAULT = 50;

// Letters and marks too may be invisible (Default_Ignorable_Code_Point): a name with one looks like that without.
const USERNAME_REGEXP = /^(?!.*\p{DI})[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}._-]| (?! ))*$/u;
/** U+2800 is a pattern of Braille without a dot. */
const ROOM_REGEXP = /^[^\p{C}\p{Z}\p{DI}\u2800](?:[^\p{C}\p{Z}\p{DI}\u2800]| (?! ))*$/u;
const UNPRINTABLE_REGEXP = /(?![\n\t\u200d])[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

const USERNAME_RULE = `must have 1 to ${CHAT_LIMITS.usernameMax} letters, digits, dots, hyphens, ` +
  "underscores or single spaces, a letter or digit first, and nothing invisible";
const ROOM_RULE =
  `must have 1 to ${CHAT_LIMITS.roomMax} printable characters, and nothing invisible`;

/**
 * Code units that a name may have before it is normalised, for each that it may have afterwards. Without a
 * limit that comes first 30,000 combining marks are put in order, in half a second of the worker.
 */
const UNITS_BEFORE = 8;

/** A username as it is kept: normalised, so that what looks alike is alike. */
export const usernameSchema = v.pipe(
  v.string(USERNAME_RULE),
  v.maxLength(UNITS_BEFORE * CHAT_LIMITS.usernameMax, USERNAME_RULE),
  withoutEmojiFormat,
  v.normalize("NFKC"),
  v.trim(),
  v.maxLength(CHAT_LIMITS.usernameMax, USERNAME_RULE),
  v.regex(USERNAME_REGEXP, USERNAME_RULE),
  v.check((name) => nameKey(name) !== "system", 'must not be "system"'),
);

/** The name of a room as it is kept: what looks alike is one room. */
export const roomSchema = v.pipe(
  v.string(ROOM_RULE),
  v.maxLength(UNITS_BEFORE * CHAT_LIMITS.roomMax, ROOM_RULE),
  withoutEmojiFormat,
  v.normalize("NFC"),
  v.trim(),
  v.maxLength(CHAT_LIMITS.roomMax, ROOM_RULE),
  v.regex(ROOM_REGEXP, ROOM_RULE),
);

const requestId = v.union([
  v.pipe(v.number(), v.safeInteger()),
  v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
]);
/** The id of a message. */
export const messageIdSchema = v.pipe(v.string(), v.uuid(), v.toLowerCase());

/** What a client calls its message. */
export const messageKeySchema = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(64),
  v.regex(/^[\x21-\x7e]+$/),
);

const historyLength = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(CHAT_LIMITS.historyMax),
);

function plainText(max: number) {
  return v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(max),
    v.check((text) => !UNPRINTABLE_REGEXP.test(text), "must not contain control characters"),
  );
}

/** The name of a file, as its sender calls it. */
export const fileNameSchema = plainText(255);

/** The type of a file, as its sender claims. */
export const mediaTypeSchema = v.pipe(
  v.string(),
  v.maxLength(127),
  v.regex(/^[\w.+-]+\/[\w.+-]+$/),
);

/** What every request may carry: an `id` that the answer repeats, and a room other than the path's. */
const request = { id: v.optional(requestId), room: v.optional(roomSchema) };

/** Everything that a client may send under `quotewire.chat.v1`. */
export const chatRequestSchema = v.variant("type", [
  v.object({
    type: v.literal("join"),
    ...request,
    /** A free one is chosen when left out. */
    username: v.optional(usernameSchema),
    history: v.optional(historyLength),
    /** Only messages after this one. */
    after: v.optional(messageIdSchema),
    /** `session` of an earlier connection that may still hold the name. */
    session: v.optional(v.pipe(v.string(), v.uuid())),
  }),
  v.object({
    type: v.literal("message"),
    ...request,
    content: plainText(CHAT_LIMITS.contentMax),
    /** Chosen by the client: a message with a key that the room knows is not said again. */
    key: v.optional(messageKeySchema),
  }),
  v.object({
    type: v.literal("binary"),
    ...request,
    /** In base64. */
    data: base64Schema,
    /** Of a file. */
    name: v.optional(fileNameSchema),
    media_type: v.optional(mediaTypeSchema),
    key: v.optional(messageKeySchema),
  }),
  v.object({ type: v.literal("rename"), ...request, username: usernameSchema }),
  v.object({ type: v.literal("presence"), ...request }),
  v.object({
    type: v.literal("history"),
    ...request,
    limit: v.optional(historyLength),
    /** Only messages before this one. */
    before: v.optional(messageIdSchema),
    /** Only messages after this one. */
    after: v.optional(messageIdSchema),
  }),
  v.object({ type: v.literal("leave"), ...request }),
]);

/** One request of a client. */
export type ChatRequest = v.InferOutput<typeof chatRequestSchema>;

const said = { id: v.string(), room: v.string(), username: v.string(), timestamp: v.number() };
/** In a `history`: what was said is too large for one. */
const omitted = v.optional(v.literal(true));

const chatText = v.object({
  type: v.literal("message"),
  kind: v.literal("text"),
  ...said,
  content: v.string(),
  omitted,
});

const chatBinary = v.object({
  type: v.literal("binary"),
  /** A file has a name. */
  kind: v.picklist(["binary", "file"]),
  ...said,
  name: v.optional(v.string()),
  media_type: v.optional(v.string()),
  /** In bytes, before base64. */
  size: v.number(),
  /** In base64. */
  data: v.string(),
  omitted,
});

/** What happened in a room, in words and for programs; never part of the history. */
const chatSystem = v.object({
  type: v.literal("message"),
  kind: v.literal("system"),
  ...said,
  content: v.string(),
  event: v.picklist(["join", "leave", "rename", "history_off", "history_on"]),
  /** On `rename`. */
  old_username: v.optional(v.string()),
});

/** Everything that the server may send under `quotewire.chat.v1`. Clients ignore types they do not know. */
export const chatFrameSchema = v.union([
  v.variant("type", [
    v.object({
      type: v.literal("hello"),
      session: v.string(),
      room: v.string(),
      server_time: v.number(),
      heartbeat_ms: v.number(),
      limits: v.record(v.string(), v.number()),
      auth: helloAuthSchema,
    }),
    v.object({
      type: v.literal("ack"),
      id: requestId,
      room: v.string(),
      /** On `join` and `rename`: the name in use from now on. */
      username: v.optional(v.string()),
      /** On `message` and `binary`: its id, when it was said, and whether it is in the history. */
      message: v.optional(v.string()),
      timestamp: v.optional(v.number()),
      stored: v.optional(v.boolean()),
    }),
    v.object({
      type: v.literal("presence"),
      id: v.optional(requestId),
      room: v.string(),
      count: v.number(),
      users: v.array(v.string()),
    }),
    v.object({
      type: v.literal("history"),
      id: v.optional(requestId),
      room: v.string(),
      messages: v.array(v.union([chatText, chatBinary])),
      /** Whether further messages fit the request, older than these. */
      more: v.boolean(),
      /** Whether what is said now is being kept. */
      kept: v.boolean(),
    }),
    chatBinary,
    v.object({ type: v.literal("heartbeat"), server_time: v.number() }),
    v.object({
      type: v.literal("error"),
      id: v.optional(requestId),
      room: v.optional(v.string()),
      code: v.string(),
      message: v.string(),
    }),
    authReplySchema.options[0],
    v.object({ type: v.literal("closing"), reason: v.string(), reconnect_after_ms: v.number() }),
  ]),
  v.variant("kind", [chatText, chatSystem]),
]);

/** One message of the server. */
export type ChatFrame = v.InferOutput<typeof chatFrameSchema>;

/** What everything said has in common. */
export interface ChatSaidEntries {
  /** Ascends in the order in which things were said. */
  id: string;
  /** Where it was said. */
  room: string;
  /** Who said it; "system" for what is about nobody. */
  username: string;
  /** Unix seconds, with a fraction. */
  timestamp: number;
}

/** Text that somebody said. */
export interface ChatText extends ChatSaidEntries {
  /** Shared with announcements. */
  type: "message";
  /** Tells it from an announcement. */
  kind: "text";
  /** From a stranger: never to be treated as HTML. */
  content: string;
  /** In a history: `content` only says that what was said is too large for one. */
  omitted?: true | undefined;
}

/** Bytes that somebody sent. */
export interface ChatBinary extends ChatSaidEntries {
  /** Of bytes and files alone. */
  type: "binary";
  /** A file has a name. */
  kind: "binary" | "file";
  /** As the sender calls it. */
  name?: string | undefined;
  /** As the sender claims. */
  media_type?: string | undefined;
  /** In bytes, before base64. */
  size: number;
  /** In base64. */
  data: string;
  /** In a history: `data` is empty, because the bytes are too large for one. */
  omitted?: true | undefined;
}

/** Something that somebody said, live or from the history. */
export type ChatSaid = ChatText | ChatBinary;

/** An announcement in a room; never part of the history. */
export interface ChatSystem extends ChatSaidEntries {
  /** Shared with texts. */
  type: "message";
  /** Tells it from a text. */
  kind: "system";
  /** In words. */
  content: string;
  /** For programs. */
  event: "join" | "leave" | "rename" | "history_off" | "history_on";
  /** On `rename`. */
  old_username?: string | undefined;
}

/** What two usernames must not have in common within a room. */
export function nameKey(username: string): string {
  return username.normalize("NFKC").toLowerCase();
}

/** The room in which a symbol is talked about. */
export function roomOfSymbol(symbol: string): string {
  return `symbol:${symbol}`;
}
