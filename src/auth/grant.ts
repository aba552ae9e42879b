import * as v from "valibot";
import { withoutEmojiFormat } from "../emoji_format.ts";
import { excerpt } from "../excerpt.ts";

/** Names that a grant is limited to, or all there are and will be. */
export type Allowed = ReadonlySet<string> | "*";

/** What somebody who has proven who they are may do, and until when. */
export interface Grant {
  /** Who it is: the name of a static token, or `sub` of a JWT. */
  readonly subject: string;
  /** When it ends, in milliseconds since the unix epoch; undefined for never. */
  readonly expiresAtMs: number | undefined;
  /** Symbols whose prices may be read. */
  readonly symbols: Allowed;
  /** Chat rooms that may be joined. */
  readonly rooms: Allowed;
}

/** What came of looking at a token. A fault is a clause for the client to read, and MUST NOT quote the token. */
export type Verdict =
  | { readonly ok: true; readonly grant: Grant }
  | { readonly ok: false; readonly fault: string };

/** Names that may be used of those that were asked for, or the rule against it. */
export type Permission =
  | { readonly ok: true; readonly names: readonly string[] | "*" }
  | { readonly ok: false; readonly fault: string };

/** Entries in one claim: as many as a subscription may name. */
export const CLAIM_NAMES_MAX = 2000;

/** What everybody may do where authentication is off. */
export const EVERYTHING: Grant = {
  subject: "anyone",
  expiresAtMs: undefined,
  symbols: "*",
  rooms: "*",
};

const NAME_CHARACTERS_MAX = 64;

const nameSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(NAME_CHARACTERS_MAX));
const symbolSchema = v.pipe(nameSchema, v.normalize("NFC"));
/** As the chat keeps the names of its rooms. */
const roomSchema = v.pipe(nameSchema, withoutEmojiFormat, v.normalize("NFC"), v.trim());

function namesClaim(name: v.GenericSchema<string>) {
  const list = v.pipe(v.array(name), v.maxLength(CLAIM_NAMES_MAX));
  return v.optional(v.union([v.literal("*"), list]), "*");
}

/** The last second of the year 9999; what lies behind it soon is no number of milliseconds any more. */
const EXPIRY_S_MAX = 253_402_300_799;

/** The claims of a JWT that Quotewire reads. Without `symbols` or `rooms` there is no limit to them. */
export const claimsSchema = v.object({
  sub: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
  /** Unix seconds. */
  exp: v.pipe(v.number(), v.minValue(0), v.maxValue(EXPIRY_S_MAX)),
  symbols: namesClaim(symbolSchema),
  rooms: namesClaim(roomSchema),
});

/** A set of names from a list of them. */
export function allowed(names: readonly string[] | "*"): Allowed {
  return names === "*" ? "*" : new Set(names);
}

/**
 * Everything that was asked for, as far as it is allowed: "*" means all that may be had. A name that may
 * not be had is refused by name, because a client that waits for it in silence would wait for ever.
 *
 * @param what what the names are of, for the fault: "symbol"
 */
export function permit(
  asked: readonly string[] | "*",
  granted: Allowed,
  what: string,
): Permission {
  if (granted === "*") return { ok: true, names: asked };
  if (asked === "*") return { ok: true, names: [...granted] };
  const stranger = asked.find((name) => !granted.has(name));
  if (stranger === undefined) return { ok: true, names: asked };
  const fault = `each ${what} must be allowed by the token, ${excerpt(stranger)} is not`;
  return { ok: false, fault };
}

/** Whether a grant is over. @param nowMs since the unix epoch */
export function hasEnded({ expiresAtMs }: Grant, nowMs: number): boolean {
  return expiresAtMs !== undefined && nowMs >= expiresAtMs;
}

/** Whether two grants are of the same subject and allow the same, however long. */
export function sameRights(one: Grant, other: Grant): boolean {
  return one.subject === other.subject && sameNames(one.symbols, other.symbols) &&
    sameNames(one.rooms, other.rooms);
}

function sameNames(one: Allowed, other: Allowed): boolean {
  if (one === "*" || other === "*") return one === other;
  return one.size === other.size && one.isSubsetOf(other);
}
