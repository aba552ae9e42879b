import * as v from "valibot";
import type { PriceReads } from "../../src/feed/reader.ts";
import { asEnvelope, type Envelope } from "../../src/hub/envelope.ts";
import { type QuoteKey, quoteKey } from "../../src/price/quote.ts";
import {
  type ServerMessage,
  serverMessageSchema,
  type WireQuote,
} from "../../src/session/protocol.ts";
import type { Tampering } from "./tampering.ts";

/** A mistake that somebody could make, put into the model; made anew for each run. */
export interface Mutation {
  readonly mistake: string;
  make(): Tampering;
}

/** Mistakes that the simulation has to find, or it proves nothing. */
export const MUTATIONS: readonly Mutation[] = [
  { mistake: "the feed asks for rows after the last id", make: () => ({ reads: idCursor }) },
  { mistake: "the later arrival wins, not the newer price", make: () => ({ reads: arrivalOrder }) },
  { mistake: "a worker does not see that batches are missing", make: blindToGaps },
  { mistake: "the outbox keeps the oldest of what waits", make: keepsOldest },
  { mistake: "what was left out is not counted", make: () => ({ toClient: uncounted }) },
  { mistake: "a resume goes on one batch too far", make: () => ({ toServer: oneTooFar }) },
  { mistake: "a resume is never answered", make: () => ({ toServer: unanswered }) },
  { mistake: "the high-water mark is ignored", make: () => ({ bufferedBytes: () => 0 }) },
  { mistake: "the feed is always called live", make: () => ({ toClient: alwaysLive }) },
];

/** What has a lower id than something that was read is never read, as with `id > last`. */
function idCursor(reads: PriceReads): PriceReads {
  let lastId = 0;
  return {
    openingPrices: (rows) => reads.openingPrices(rows),
    async newest(depth) {
      const found = await reads.newest(depth);
      lastId = Math.max(lastId, ...found.rows.map(({ id }) => id));
      return found;
    },
    async changesSince(cursor) {
      const changes = await reads.changesSince(cursor);
      if (changes.kind !== "rows") return changes;
      const rows = changes.rows.filter(({ id }) => id > lastId);
      lastId = Math.max(lastId, ...rows.map(({ id }) => id));
      return { ...changes, rows };
    },
  };
}

/** Every row that is read looks newer than all before. */
function arrivalOrder(reads: PriceReads): PriceReads {
  let timestamp = 1_800_000_000;
  return {
    openingPrices: (rows) => reads.openingPrices(rows),
    newest: (depth) => reads.newest(depth),
    async changesSince(cursor) {
      const changes = await reads.changesSince(cursor);
      if (changes.kind !== "rows") return changes;
      timestamp += 1;
      return { ...changes, rows: changes.rows.map((row) => ({ ...row, timestamp })) };
    },
  };
}

/** Each worker gets its batches numbered without a gap, whatever it lost. */
function blindToGaps(): Tampering {
  const workers = new Map<string, { seq: number; missed: number }>();
  return {
    hubMessage(data, worker) {
      const envelope: Envelope | undefined = asEnvelope(data);
      if (envelope === undefined) return data;
      const known = workers.get(worker) ?? { seq: envelope.seq - 1, missed: 0 };
      workers.set(worker, known);
      if (envelope.kind === "batch") {
        known.missed += Math.max(envelope.seq - known.seq - 1, 0);
        known.seq = envelope.seq;
      }
      return { ...envelope, seq: Math.min(envelope.seq, known.seq) - known.missed };
    },
  };
}

/** A conflated update says of each symbol and source what was said last. */
function keepsOldest(): Tampering {
  const said = new Map<string, Map<QuoteKey, WireQuote>>();
  return {
    toClient(frame, client) {
      const message = read(frame);
      if (message.type !== "update" && message.type !== "snapshot") return frame;
      const known = said.get(client) ?? new Map<QuoteKey, WireQuote>();
      said.set(client, known);
      const isConflated = message.type === "update" && message.conflated !== undefined;
      const quotes = message.quotes.map((quote) => {
        const key = quoteKey(quote.symbol, quote.source);
        const before = known.get(key);
        if (isConflated && before !== undefined) return before;
        known.set(key, quote);
        return quote;
      });
      return JSON.stringify({ ...message, quotes });
    },
  };
}

function uncounted(frame: string): string {
  return frame.replace(/,"conflated":\d+}$/, "}");
}

function alwaysLive(frame: string): string {
  return frame.replace(/"status":"(?:down|delayed)"/, '"status":"live"');
}

function oneTooFar(frame: string): string {
  return frame.replace(
    /^({"type":"resume".*"seq":)(\d+)/,
    (_, head, seq) => head + (Number(seq) + 1),
  );
}

function unanswered(frame: string): string {
  return frame.startsWith('{"type":"resume"') ? '{"type":"ping","id":1}' : frame;
}

function read(frame: string): ServerMessage {
  return v.parse(serverMessageSchema, JSON.parse(frame));
}
