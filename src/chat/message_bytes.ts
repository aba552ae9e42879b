import { Buffer } from "node:buffer";
import type { SessionLimits } from "../config.ts";
import type { NewChatMessage } from "../db/chat_store.ts";
import type { RateLimitOptions } from "../session/rate_limit.ts";

type Words = Pick<NewChatMessage, "room" | "username" | "key" | "content">;

/** Of a row and its places in three indexes, beside names and what was said (measured on Postgres 18). */
const ROW_BYTES = 200;
/** A room is in the row and two indexes, a key in the row and one. */
const NAME_COPIES = 3;
/** With the longest names and key: 64 and 32 units of three bytes, and 64 of one. */
const BESIDE_BYTES_MAX = ROW_BYTES + NAME_COPIES * (64 * 3 + 32 * 3 + 64);
/** Of a frame, beside names and content: ids, times and the words of JSON. */
const FRAME_BYTES = 256;
/** UTF-8 has no more for one unit of a name, escaped or not. */
const UNIT_BYTES_MAX = 3;
/** What an address may say at once, in seconds of its steady rate. */
const BURST_SECONDS = 16;

const BATCH_BYTES_MAX = 512 * 1024;

/**
 * What one address may say, in bytes as `saidBytes` counts them. A message of the largest size fits at once,
 * unless JSON makes it larger.
 */
export function saidRate(
  { chatBytesPerSecondMax, messageBytesMax }: Pick<
    SessionLimits,
    "chatBytesPerSecondMax" | "messageBytesMax"
  >,
): RateLimitOptions {
  const largest = messageBytesMax + BESIDE_BYTES_MAX;
  const burstMax = Math.max(BURST_SECONDS * chatBytesPerSecondMax, largest);
  return { perSecondMax: chatBytesPerSecondMax, burstMax };
}

/**
 * What a message counts for its address: about what it takes on disk. A text counts as JSON, in which a
 * relay's control characters are six bytes each for everybody who hears them.
 */
export function saidBytes({ room, username, key = "", content }: Words): number {
  const beside = ROW_BYTES + NAME_COPIES * Buffer.byteLength(room + username + key);
  if (content.kind === "text") return beside + jsonBytes(content.text);
  const { data, name = "", mediaType = "" } = content;
  return beside + Buffer.byteLength(name + mediaType) + data.length;
}

/** What a message takes in a frame at most, encoded: the content alone exactly. */
export function frameBytes({ room, username, content }: Words): number {
  const beside = FRAME_BYTES + UNIT_BYTES_MAX * (room.length + username.length);
  if (content.kind === "text") return beside + jsonBytes(content.text);
  const { data, name = "", mediaType = "" } = content;
  const names = UNIT_BYTES_MAX * (name.length + mediaType.length);
  return beside + names + 4 * Math.ceil(data.length / 3);
}

/**
 * How much a room may be told at once, as frames. A client that reads takes it before the next comes; beyond
 * twice its socket's high-water mark it would be let go.
 *
 * @param sendBufferBytesMax the high-water mark
 */
export function batchBytesMax(sendBufferBytesMax: number): number {
  return Math.min(BATCH_BYTES_MAX, Math.floor(sendBufferBytesMax / 2));
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
