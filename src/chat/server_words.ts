import * as v from "valibot";
import { base64Schema } from "../base64_text.ts";
import type { ChatContent, ChatMessage } from "../db/chat_store.ts";
import {
  fileNameSchema,
  mediaTypeSchema,
  messageIdSchema,
  messageKeySchema,
  roomSchema,
  usernameSchema,
} from "../session/chat_protocol.ts";
import { idTimeMs } from "./message_ids.ts";

/** What is said under another version is passed over: servers of both go on, each with its own people. */
const VERSION = 1;
/** Parts of one roster. */
const PARTS_MAX = 5000;
/** People in one part or list of changes: 450 bytes each at most, so that it fits into a payload of 64 KB. */
export const PART_PEOPLE_MAX = 100;
/** How far ahead of ours the clock of another server may be. */
const CLOCK_AHEAD_MS_MAX = 24 * 3_600_000;

const serverSchema = v.pipe(v.string(), v.uuid());
const numberSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const refSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/));

const personSchema = v.object({
  room: roomSchema,
  /** Names the session, and tells nobody what its secret is. */
  ref: refSchema,
  username: usernameSchema,
  /** Since when the name is theirs, as an id: of two who have one name, the lower keeps it. */
  claim: messageIdSchema,
  /** The session whose place this one took, if it did. */
  former: v.optional(refSchema),
});

const changeSchema = v.variant("kind", [
  v.object({ kind: v.literal("put"), person: personSchema }),
  v.object({ kind: v.literal("remove"), room: roomSchema, ref: refSchema }),
]);

const saidSchema = v.object({
  type: v.literal("said"),
  room: roomSchema,
  id: messageIdSchema,
  username: usernameSchema,
  timeMs: v.pipe(v.number(), v.finite()),
  stored: v.boolean(),
  key: v.optional(messageKeySchema),
  previous: v.optional(messageIdSchema),
  /** One of both; neither for what is too large, and has to be read from the history. */
  text: v.optional(v.string()),
  data: v.optional(base64Schema),
  name: v.optional(fileNameSchema),
  mediaType: v.optional(mediaTypeSchema),
});

const wordsSchema = v.intersect([
  v.object({ v: v.literal(VERSION), from: serverSchema }),
  v.variant("type", [
    saidSchema,
    /** People came, went or changed their names: the next of this server's changes. */
    v.object({
      type: v.literal("changes"),
      number: numberSchema,
      changes: v.pipe(v.array(changeSchema), v.maxLength(PART_PEOPLE_MAX)),
    }),
    /** Twice a second: I am here, and this was my last change. */
    v.object({ type: v.literal("beat"), number: numberSchema }),
    /** Tell me who is with you. */
    v.object({ type: v.literal("ask") }),
    /** Everybody who is with me after that change. */
    v.object({
      type: v.literal("roster"),
      number: numberSchema,
      part: numberSchema,
      parts: v.pipe(numberSchema, v.minValue(1), v.maxValue(PARTS_MAX)),
      people: v.pipe(v.array(personSchema), v.maxLength(PART_PEOPLE_MAX)),
    }),
    /** I am going, and so is everybody who is with me. */
    v.object({ type: v.literal("bye") }),
  ]),
]);
const listsSchema = v.looseObject({
  people: v.optional(v.array(v.unknown())),
  changes: v.optional(v.array(v.unknown())),
});
const headSchema = v.object({ v: v.number() });

/** Somebody in a room, as servers tell each other. */
export type Person = v.InferOutput<typeof personSchema>;

/** One change of who is where. */
export type PeopleChange = v.InferOutput<typeof changeSchema>;

/** What servers say to each other about the chat, but for who says it. */
export type ServerWords = WithoutHead<v.InferOutput<typeof wordsSchema>>;

/** What was heard: words, nothing of ours because of another version, or nonsense. */
export type Heard =
  | {
    readonly kind: "words";
    readonly from: string;
    readonly words: ServerWords;
    /** Why some of the people are not among them. */
    readonly fault?: string | undefined;
  }
  | { readonly kind: "other_version"; readonly version: number }
  | { readonly kind: "fault"; readonly fault: string };

/** Something that was said on another server, or only that it was. */
export interface SaidElsewhere {
  readonly message: Omit<ChatMessage, "content"> & { readonly content: ChatContent | undefined };
  readonly key: string | undefined;
  readonly previous: string | undefined;
  readonly stored: boolean;
}

type WithoutHead<Words> = Words extends unknown ? Omit<Words, "v" | "from"> : never;
type SaidWords = v.InferOutput<typeof saidSchema>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Writes what a server says. @param from the server's name */
export function encodeWords(from: string, words: ServerWords): Uint8Array {
  return encoder.encode(JSON.stringify({ v: VERSION, from, ...words }));
}

/** Reads what came from outside. Never throws. @param nowMs this server's clock */
export function decodeWords(payload: Uint8Array, nowMs: number): Heard {
  let document: unknown;
  try {
    document = JSON.parse(decoder.decode(payload));
  } catch {
    return { kind: "fault", fault: "must be JSON in UTF-8" };
  }
  const head = v.safeParse(headSchema, document);
  if (head.success && head.output.v !== VERSION) {
    return { kind: "other_version", version: head.output.v };
  }
  const whole = v.safeParse(wordsSchema, document);
  const fault = whole.success ? undefined : faultOf(whole.issues[0]);
  const parsed = whole.success ? whole : v.safeParse(wordsSchema, withReadable(document));
  if (!parsed.success) return { kind: "fault", fault: fault ?? faultOf(parsed.issues[0]) };
  const { from, v: _, ...words } = parsed.output;
  if (words.type === "said" && idTimeMs(words.id) > nowMs + CLOCK_AHEAD_MS_MAX) {
    return { kind: "fault", fault: "id: must be at most a day ahead of this server's clock" };
  }
  return { kind: "words", from, words, fault };
}

/** The same with those of its people that can be read: one whom a faulty server named must hide nobody else. */
function withReadable(document: unknown): unknown {
  const lists = v.safeParse(listsSchema, document);
  if (!lists.success) return document;
  const { people, changes } = lists.output;
  return {
    ...lists.output,
    ...(people && { people: people.filter((person) => v.is(personSchema, person)) }),
    ...(changes && { changes: changes.filter((change) => v.is(changeSchema, change)) }),
  };
}

function faultOf(issue: v.BaseIssue<unknown>): string {
  return `${v.getDotPath(issue) ?? "it"}: ${issue.message}`.slice(0, 200);
}

/** What to say of a message. */
export function saidWords(
  { id, room, username, timeMs, content }: ChatMessage,
  how: Pick<SaidElsewhere, "key" | "previous" | "stored">,
): SaidWords {
  const said: SaidWords = { type: "said", room, id, username, timeMs, ...how };
  if (content.kind === "text") return { ...said, text: content.text };
  const { data, name, mediaType } = content;
  return { ...said, data: data.toBase64(), name, mediaType };
}

/** What was meant by it. */
export function saidElsewhere(words: SaidWords): SaidElsewhere {
  const { room, id, username, timeMs, stored, key, previous } = words;
  return {
    message: { id, room, username, timeMs, content: contentOf(words) },
    key,
    previous,
    stored,
  };
}

function contentOf({ text, data, name, mediaType }: SaidWords): ChatContent | undefined {
  if (text !== undefined) return { kind: "text", text };
  if (data === undefined) return undefined;
  return { kind: "binary", data: Uint8Array.fromBase64(data), name, mediaType };
}
