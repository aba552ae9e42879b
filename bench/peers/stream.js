/**
 * What every server in the benchmark publishes, and when: the same updates at the same times.
 *
 * JavaScript, because Node, Bun and Deno all run this file. A server is told its options as arguments
 * NAME=VALUE, prints "ready" when clients can connect, starts when its standard input says
 * "go START_MICROSECONDS", prints "published COUNT", and ends when its standard input does.
 *
 * Update number n is of symbol (n * stride) mod symbols and has the price 100 + n / 100, by which the
 * load generator knows it again. Batch number k, of `batch` updates, is due k intervals after the start.
 */
import process from "node:process";

/**
 * @typedef {object} StreamOptions
 * @property {number} port
 * @property {number} clients
 * @property {number} symbols
 * @property {number} stride
 * @property {number} total updates in all
 * @property {number} batch updates that come at once, each of another symbol
 * @property {number} intervalUs between batches
 * @property {"each" | "batch"} frames one frame for each update or for each batch
 *
 * @typedef {object} Update
 * @property {string} symbol
 * @property {string} source
 * @property {number} price
 * @property {number} timestamp unix seconds
 * @property {number} time milliseconds since the unix epoch
 */

/**
 * @param {readonly string[]} args
 * @returns {StreamOptions}
 */
export function readStreamOptions(args) {
  const given = new Map(args.map((arg) => {
    const [name = "", value = ""] = arg.split("=");
    return [name, value];
  }));
  const count = (/** @type {string} */ name) => {
    const value = Number(given.get(name));
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`Cannot start: ${name} must be a whole number above 0, is ${value}`);
    }
    return value;
  };
  return {
    port: count("port"),
    clients: count("clients"),
    symbols: count("symbols"),
    stride: count("stride"),
    total: count("total"),
    batch: count("batch"),
    intervalUs: count("intervalUs"),
    frames: given.get("frames") === "each" ? "each" : "batch",
  };
}

/**
 * The names so far, because to spell them again is no server's work.
 *
 * @type {string[]}
 */
const symbolNames = [];

/**
 * @param {number} key
 * @returns {string} four letters: AAAA is 0
 */
export function symbolName(key) {
  return symbolNames[key] ??= spelled(key);
}

/**
 * @param {number} key
 * @returns {string}
 */
function spelled(key) {
  let name = "";
  for (let i = 0; i < 4; i++, key = Math.floor(key / 26)) {
    name = String.fromCharCode(65 + key % 26) + name;
  }
  return name;
}

/**
 * @template T
 * @param {StreamOptions} options
 * @param {number} number of the first batch
 * @param {number} count of batches
 * @param {(update: number, symbol: string, price: number) => T} make
 * @returns {T[]} what it makes of the updates in all of them
 */
export function updatesOf(options, number, count, make) {
  return Array.from({ length: options.batch * count }, (_, index) => {
    const update = number * options.batch + index;
    return make(update, symbolOf(options, update), priceOf(update));
  });
}

/**
 * @param {StreamOptions} options
 * @param {number} number of the batch
 * @returns {Update[]} stamped with the present time
 */
export function batchOf(options, number) {
  const timeMs = Date.now();
  return updatesOf(options, number, 1, (_, symbol, price) => ({
    symbol,
    source: SOURCE,
    price,
    timestamp: Math.floor(timeMs / 1000),
    time: timeMs,
  }));
}

/** What every update comes from. */
export const SOURCE = "sim_nyse";

/**
 * @param {StreamOptions} options
 * @param {number} update its number
 * @returns {string}
 */
export function symbolOf(options, update) {
  return symbolName(update * options.stride % options.symbols);
}

/**
 * @param {number} update its number
 * @returns {number}
 */
export function priceOf(update) {
  return (10_000 + update) / 100;
}

/**
 * @param {readonly Update[]} quotes
 * @param {number} number of the batch
 * @returns {string} the same frame that Quotewire makes of the batch
 */
export function batchFrame(quotes, number) {
  return JSON.stringify({ type: "update", seq: number + 1, quotes });
}

/**
 * A clock of microseconds since the unix epoch, finer than `Date.now` has them.
 *
 * @returns {() => number}
 */
export function startClock() {
  const offsetMs = Math.max(...Array.from({ length: 5 }, clockOffsetMs));
  return () => (offsetMs + performance.now()) * 1000;
}

/** What to add to `performance.now`; too little when we are interrupted in between, so take the most. */
function clockOffsetMs() {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return now - performance.now();
}

/**
 * A server that takes several batches together.
 *
 * @typedef {object} Gathering
 * @property {number} batchesMax taken at once
 * @property {() => number} waitMs how long it does not look for more from now on
 */

/**
 * Publishes every batch when it is due, or as soon as the event loop has got to it.
 *
 * @param {StreamOptions} options
 * @param {(number: number, count: number) => void} publish called for the batches in order; each peer
 *   gets them one by one
 * @param {Gathering} [gathering]
 * @returns {Promise<void>} when standard input has ended
 */
export async function conduct(options, publish, gathering = { batchesMax: 1, waitMs: () => 0 }) {
  const nowUs = startClock();
  const batches = options.total / options.batch;
  const { promise: ended, resolve: end } = Promise.withResolvers?.() ?? deferred();
  process.stdin.on("end", end);
  process.stdin.on("data", (chunk) => {
    const startUs = Number(/^go (\d+)/.exec(String(chunk))?.[1]);
    if (Number.isNaN(startUs)) throw new Error(`Cannot start: told ${chunk}`);
    let next = 0;
    const step = () => {
      const due = Math.min(Math.floor((nowUs() - startUs) / options.intervalUs) + 1, batches) -
        next;
      const count = Math.min(due, gathering.batchesMax);
      if (count > 0) {
        publish(next, count);
        next += count;
      }
      if (next === batches) return process.stdout.write(`published ${options.total}\n`);
      const dueMs = (startUs + next * options.intervalUs - nowUs()) / 1000;
      setTimeout(step, Math.max(0, dueMs, gathering.waitMs()));
    };
    step();
  });
  process.stdout.write("ready\n");
  await ended;
}

/** `Promise.withResolvers` is newer than Node 20. */
function deferred() {
  /** @type {() => void} */
  let resolve = () => {};
  const promise = /** @type {Promise<void>} */ (new Promise((done) => resolve = () => done()));
  return { promise, resolve };
}
