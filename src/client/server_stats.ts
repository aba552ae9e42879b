import * as v from "valibot";
import { errorText } from "../errors.ts";
import { readResponseText } from "../response_text.ts";
import { printable } from "./terminal_text.ts";

const figure = v.pipe(v.number(), v.finite());
const known = v.nullable(figure);

/** It is a UUID. */
const PROCESS_CHARACTERS_MAX = 64;

const statsSchema = v.object({
  process: v.pipe(v.string(), v.maxLength(PROCESS_CHARACTERS_MAX)),
  uptime_ms: figure,
  quotes: figure,
  feed: v.object({
    status: v.picklist(["live", "delayed", "down"]),
    mode: v.string(),
    age_ms: figure,
  }),
  sockets: figure,
  connects_total: figure,
  rejected_total: figure,
  slow_drops_total: figure,
  updates_delivered_total: figure,
  updates_conflated_total: figure,
  sessions: v.array(v.object({
    endpoint: v.string(),
    protocol: v.string(),
    open: figure,
    connects_total: figure,
  })),
  traffic: v.array(v.object({
    sent_frames_total: figure,
    sent_bytes_total: figure,
    received_frames_total: figure,
    received_bytes_total: figure,
    outbox_quotes: figure,
    buffered_bytes: figure,
  })),
  workers: figure,
  workers_reporting: figure,
  isolates: v.array(v.object({
    isolate: v.string(),
    reporting: v.boolean(),
    sessions: figure,
    heap_bytes: figure,
    event_loop_lag_ms: figure,
    cpu_ms_total: figure,
    restarts_total: figure,
  })),
  reads: v.object({
    ok_total: figure,
    failed_total: figure,
    rows_total: figure,
    duration_ms_total: figure,
  }),
  commit_to_send: v.object({ bounds_ms: v.array(figure), counts_total: v.array(figure) }),
  database: v.object({
    reachable: v.boolean(),
    answered_ago_ms: known,
    version: v.nullable(v.string()),
    rows_estimate: known,
    bytes: known,
    newest_age_ms: known,
    connections: v.object({ own: known, all: known, max: known }),
  }),
  resident_bytes: figure,
  limits: v.object({ sessions: figure, memory_bytes: figure }),
  versions: v.object({ quotewire: v.string(), deno: v.string() }),
});

/** What a running server says of itself at `/api/stats`, as far as a terminal shows it. */
export type ServerStats = v.InferOutput<typeof statsSchema>;

/**
 * How old the newest known price is, in milliseconds; null where none is known. While the database is away
 * what the server knows of it is of its last answer, and the age counts on from there.
 */
export function newestAgeMs({ database }: Pick<ServerStats, "database">): number | null {
  const { reachable, newest_age_ms: ageMs, answered_ago_ms: answeredAgoMs } = database;
  return reachable || ageMs === null ? ageMs : ageMs + (answeredAgoMs ?? 0);
}

/** What came of asking. */
export type StatsAnswer =
  | { readonly kind: "stats"; readonly stats: ServerStats }
  /** It may answer later. */
  | { readonly kind: "away"; readonly reason: string }
  /** It will not, to somebody with this token. */
  | { readonly kind: "refused"; readonly reason: string };

/** Whom to ask, and as whom. */
export interface StatsRequest {
  readonly url: URL;
  readonly token: string | undefined;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** With 64 workers it is some 20 KB. */
const ANSWER_BYTES_MAX = 262_144;
const REASON_CHARACTERS_MAX = 200;
/** What Deno says before it comes to the point. */
const PREAMBLE_REGEXP = /^error sending request for url \([^)]*\): (client error \(\w+\): )?/;

/**
 * Asks once. Redirects are not followed: they could carry the token elsewhere.
 *
 * @throws {Deno.errors.NotCapable} when this program may not open connections
 */
export async function askServerStats(request: StatsRequest): Promise<StatsAnswer> {
  const { url, token, deadlineMs, signal } = request;
  const deadline = AbortSignal.timeout(deadlineMs);
  try {
    const response = await fetch(url, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      redirect: "manual",
      signal: AbortSignal.any([signal, deadline]),
    });
    if (response.status === 200) {
      return readStats(await readResponseText(response, ANSWER_BYTES_MAX));
    }
    await response.body?.cancel();
    const isRefused = response.status === 401 || response.status === 403;
    return { kind: isRefused ? "refused" : "away", reason: `it answers ${response.status}` };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    if (deadline.aborted) {
      return { kind: "away", reason: `no answer within ${deadlineMs} ms` };
    }
    // The reason of a network error is its cause.
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const reason = errorText(cause).replace(PREAMBLE_REGEXP, "");
    return { kind: "away", reason: printable(reason).slice(0, REASON_CHARACTERS_MAX) };
  }
}

function readStats(text: string): StatsAnswer {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), statsSchema), text);
  if (parsed.success) return { kind: "stats", stats: parsed.output };
  return { kind: "away", reason: "what it answers is not that of this version's server" };
}
