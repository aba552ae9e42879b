import { Random } from "../../src/aggregator/random.ts";
import type { FeedStatus } from "../../src/price/feed_status.ts";
import { clockSteps } from "./clock_steps.ts";
import { failovers } from "./failovers.ts";
import type { NewRow } from "./table.ts";
import type { Wanted } from "./subscriber.ts";

/** Something that is done to the system at some moment. */
export type Deed =
  /** Rows are inserted; their transaction ends after `openMs`, well or not. */
  | {
    readonly kind: "write";
    readonly rows: readonly NewRow[];
    readonly openMs: number;
    readonly ok: boolean;
  }
  | { readonly kind: "database_refuses"; readonly forMs: number }
  | { readonly kind: "database_mute"; readonly forMs: number }
  /** A part of all questions gets an error for an answer. */
  | { readonly kind: "database_flaky"; readonly forMs: number }
  /** Without a read that fails, to a server that counts its transactions on from here. */
  | { readonly kind: "database_fails_over"; readonly lastTransaction: number }
  | { readonly kind: "feed_restart" }
  /** The publisher alone starts over; the workers go on. */
  | { readonly kind: "publisher_restart" }
  | { readonly kind: "server_restart"; readonly forMs: number; readonly graceful: boolean }
  | { readonly kind: "worker_crash"; readonly worker: number; readonly forMs: number }
  | { readonly kind: "worker_blocks"; readonly worker: number; readonly forMs: number }
  /** It is busy again and again, and late with everything. */
  | {
    readonly kind: "worker_stutters";
    readonly worker: number;
    readonly blockMs: number;
    readonly everyMs: number;
    readonly forMs: number;
  }
  /** What others send reaches it late; connections do not. */
  | {
    readonly kind: "worker_lags";
    readonly worker: number;
    readonly lagMs: number;
    readonly forMs: number;
  }
  | { readonly kind: "publisher_blocks"; readonly forMs: number }
  /** The clock of the server's machine is set: ahead of the right time, or behind. */
  | { readonly kind: "clock_set"; readonly aheadMs: number }
  /** Rows of one key, each in a transaction of its own. */
  | {
    readonly kind: "write_burst";
    readonly key: Pick<NewRow, "symbol" | "source">;
    readonly everyMs: number;
    readonly forMs: number;
  }
  /** Others use the ring of the process. */
  | { readonly kind: "ring_noise"; readonly messages: number }
  /** The publisher goes once around the memory of its batches, again and again. */
  | { readonly kind: "batches_overwritten"; readonly everyMs: number; readonly forMs: number }
  | { readonly kind: "socket_stall"; readonly client: number; readonly forMs: number }
  | {
    readonly kind: "socket_slow";
    readonly client: number;
    readonly paceMs: number;
    readonly forMs: number;
  }
  | { readonly kind: "socket_reset"; readonly client: number }
  /** The connection breaks, and soon after each time that it is back. */
  | {
    readonly kind: "socket_flaps";
    readonly client: number;
    readonly everyMs: number;
    readonly forMs: number;
  }
  | { readonly kind: "socket_vanish"; readonly client: number }
  | { readonly kind: "client_offline"; readonly client: number; readonly forMs: number }
  | { readonly kind: "client_stop"; readonly client: number; readonly forMs: number }
  | { readonly kind: "client_subscribe"; readonly client: number; readonly symbol: string }
  | { readonly kind: "client_unsubscribe"; readonly client: number; readonly symbol: string }
  | { readonly kind: "client_rate"; readonly client: number; readonly maxRateMs: number };

/** A deed and its time. */
export interface PlannedDeed {
  readonly atMs: number;
  readonly deed: Deed;
}

/** Everything that a seed decides beforehand. */
export interface Plan {
  readonly seed: number;
  readonly workers: number;
  readonly clients: readonly Wanted[];
  readonly classicClients: number;
  readonly keys: readonly Pick<NewRow, "symbol" | "source">[];
  /** The second in which it all begins, as writers state it. */
  readonly startSecond: number;
  readonly mode: FeedStatus["mode"];
  readonly pollIntervalMs: number;
  readonly sessions: number;
  readonly sendBufferBytesMax: number;
  readonly slowClientDeadlineMs: number;
  readonly chunkQuotesMax: number;
  readonly changedRowsMax: number;
  /** How long messages between isolates take at most. */
  readonly hubDelayMsMax: number;
  /** The same for a copy of the book and the request for it, twice each way. */
  readonly portDelayMsMax: number;
  /** How long deeds are done; afterwards everything heals. */
  readonly activeMs: number;
  readonly deeds: readonly PlannedDeed[];
}

const SYMBOLS = ["A", "B", "C", "D"];
const SOURCES = ["x", "y"];
const DAY_END = 1_800_057_600;
/** What comes together with something else comes so soon after it. */
const NEAR_MS = 500;

/** Draws what happens under a seed. Each seed has its own kinds of trouble, so that rare ones meet. */
export function planOf(seed: number): Plan {
  const random = new Random(seed);
  const symbols = SYMBOLS.slice(0, 1 + random.below(SYMBOLS.length));
  const sources = SOURCES.slice(0, 1 + random.below(SOURCES.length));
  const keys = symbols.flatMap((symbol) => sources.map((source) => ({ symbol, source })));
  const workers = 1 + random.below(3);
  // Those who share a stream of compressed frames are few enough as it is.
  const compressedShare = pick(random, [0, 0, 0, 0.5, 1, 1]);
  const clients = Array.from(
    { length: 1 + random.below(3) },
    () => wanted(random, symbols, compressedShare),
  );
  const activeMs = 3000 + random.below(9000);
  const party = { workers, clients: clients.length, keys, symbols, random };
  // Around midnight, or not.
  const startSecond = chance(random, 0.2) ? DAY_END - 3 : DAY_END - 40_000;
  const deeds = [
    ...writes(party, activeMs, startSecond),
    ...troubles(party, activeMs),
  ].sort((a, b) => a.atMs - b.atMs);
  return {
    seed,
    workers,
    clients,
    classicClients: random.below(4) === 0 ? 1 : 0,
    keys,
    startSecond,
    mode: chance(random, 0.5) ? "poll" : "listen",
    pollIntervalMs: 100 + random.below(900),
    sessions: chance(random, 0.3) ? 20_000 + random.below(100_000) : 0,
    sendBufferBytesMax: 300 + random.below(chance(random, 0.5) ? 300 : 1500),
    slowClientDeadlineMs: 1000 + random.below(4000),
    chunkQuotesMax: 1 + random.below(8),
    changedRowsMax: chance(random, 0.2) ? 3 : 1000,
    hubDelayMsMax: chance(random, 0.4) ? 50 + random.below(chance(random, 0.5) ? 600 : 1500) : 5,
    portDelayMsMax: chance(random, 0.3) ? 100 + random.below(1100) : 5,
    activeMs,
    deeds: [...deeds, ...clockSteps(seed, activeMs), ...failovers(seed, activeMs)],
  };
}

/** How long a deed goes on. */
export function lastingMs(deed: Deed): number {
  if (deed.kind === "write") return deed.openMs;
  return "forMs" in deed ? deed.forMs : 0;
}

interface Party {
  readonly workers: number;
  readonly clients: number;
  readonly keys: readonly Pick<NewRow, "symbol" | "source">[];
  readonly symbols: readonly string[];
  readonly random: Random;
}

function wanted(
  random: Random,
  symbols: readonly string[],
  compressedShare: number,
): Wanted {
  const some = symbols.filter(() => chance(random, 0.5));
  return {
    symbols: chance(random, 0.5) || some.length === 0 ? "*" : some,
    sources: chance(random, 0.8) ? "*" : ["x"],
    history: chance(random, 0.4) ? 1 + random.below(20) : 0,
    maxRateMs: chance(random, 0.3) ? random.below(1500) : 0,
    compression: chance(random, compressedShare) ? "on" : "off",
  };
}

function writes({ random, keys }: Party, activeMs: number, startSecond: number): PlannedDeed[] {
  const count = 5 + random.below(60);
  const lateShare = random.uniform() * 0.5;
  return Array.from({ length: count }, () => {
    const atMs = random.below(activeMs);
    const second = startSecond + Math.floor(atMs / 1000) -
      (chance(random, 0.1) ? random.below(4) : 0);
    const rows = Array.from({ length: 1 + random.below(3) }, () => ({
      ...pick(random, keys),
      timestamp: second,
    }));
    const openMs = chance(random, lateShare) ? random.below(3000) : random.below(3);
    return { atMs, deed: { kind: "write", rows, openMs, ok: chance(random, 0.9) } };
  });
}

/**
 * Each kind of trouble is there under some seeds only, and then more than once. Under some it comes when
 * other trouble begins or has just ended: what recovers is hit again.
 */
function troubles({ random, ...party }: Party, activeMs: number): PlannedDeed[] {
  const deeds: PlannedDeed[] = [];
  const share = 0.1 + random.uniform() * 0.5;
  const nearShare = chance(random, 0.5) ? 0.7 : 0;
  const atMs = () => {
    if (deeds.length === 0 || !chance(random, nearShare)) return random.below(activeMs);
    const near = pick(random, deeds);
    return near.atMs + (chance(random, 0.5) ? lastingMs(near.deed) : 0) + random.below(NEAR_MS);
  };
  for (const draw of TROUBLES) {
    if (!chance(random, share)) continue;
    for (let count = 1 + random.below(5); count > 0; count -= 1) {
      deeds.push({ atMs: atMs(), deed: draw({ random, ...party }) });
    }
  }
  return deeds;
}

const TROUBLES: readonly ((party: Party) => Deed)[] = [
  ({ random, keys }) => ({
    kind: "write_burst",
    key: pick(random, keys),
    everyMs: 25 + random.below(50),
    forMs: random.below(1000),
  }),
  ({ random }) => ({ kind: "database_refuses", forMs: random.below(4000) }),
  ({ random }) => ({ kind: "database_mute", forMs: random.below(9000) }),
  ({ random }) => ({ kind: "database_flaky", forMs: random.below(6000) }),
  () => ({ kind: "feed_restart" }),
  () => ({ kind: "publisher_restart" }),
  ({ random }) => ({
    kind: "server_restart",
    forMs: random.below(2000),
    graceful: chance(random, 0.5),
  }),
  (party) => ({ kind: "worker_crash", worker: aWorker(party), forMs: party.random.below(1500) }),
  (party) => ({ kind: "worker_blocks", worker: aWorker(party), forMs: party.random.below(4000) }),
  (party) => ({
    kind: "worker_stutters",
    worker: aWorker(party),
    blockMs: 20 + party.random.below(200),
    everyMs: 50 + party.random.below(300),
    forMs: party.random.below(4000),
  }),
  (party) => ({
    kind: "worker_lags",
    worker: aWorker(party),
    lagMs: 300 + party.random.below(2000),
    forMs: party.random.below(6000),
  }),
  ({ random }) => ({ kind: "publisher_blocks", forMs: random.below(9000) }),
  ({ random }) => ({ kind: "ring_noise", messages: 200 + random.below(200) }),
  // What is lost is lost while somebody is too busy to read.
  (party) => ({ kind: "ring_noise", messages: 250 + party.random.below(20) }),
  ({ random }) => ({
    kind: "batches_overwritten",
    everyMs: 20 + random.below(200),
    forMs: chance(random, 0.5) ? random.below(4000) : 0,
  }),
  (party) => ({ kind: "socket_stall", client: aClient(party), forMs: party.random.below(6000) }),
  (party) => ({
    kind: "socket_slow",
    client: aClient(party),
    paceMs: 20 + party.random.below(300),
    forMs: party.random.below(6000),
  }),
  (party) => ({ kind: "socket_reset", client: aClient(party) }),
  (party) => ({
    kind: "socket_flaps",
    client: aClient(party),
    everyMs: 50 + party.random.below(400),
    forMs: party.random.below(4000),
  }),
  (party) => ({ kind: "socket_vanish", client: aClient(party) }),
  (party) => ({ kind: "client_offline", client: aClient(party), forMs: party.random.below(5000) }),
  (party) => ({ kind: "client_stop", client: aClient(party), forMs: party.random.below(3000) }),
  (party) => ({ kind: "client_subscribe", client: aClient(party), symbol: aSymbol(party) }),
  (party) => ({ kind: "client_unsubscribe", client: aClient(party), symbol: aSymbol(party) }),
  (party) => ({
    kind: "client_rate",
    client: aClient(party),
    maxRateMs: party.random.below(1500),
  }),
];

function aWorker({ random, workers }: Party): number {
  return random.below(workers);
}

function aClient({ random, clients }: Party): number {
  return random.below(clients);
}

function aSymbol({ random, symbols }: Party): string {
  return pick(random, symbols);
}

function pick<T>(random: Random, list: readonly [T, ...T[]] | readonly T[]): T {
  const picked = list[random.below(list.length)];
  if (picked === undefined) throw new RangeError("Cannot pick from a list: must not be empty, is");
  return picked;
}

function chance(random: Random, probability: number): boolean {
  return random.uniform() < probability;
}
