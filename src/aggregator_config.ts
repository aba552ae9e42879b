import {
  type DatabaseLocation,
  type ListenAddress,
  type LogConfig,
  readDatabase,
} from "./config.ts";
import { type EnvLookup, EnvReader } from "./env.ts";

/** What the aggregator can get prices from. */
export const SOURCES = ["simulator", "alpha_vantage", "finnhub", "replay"] as const;

/** One of `SOURCES`. */
export type SourceName = typeof SOURCES[number];

/** How to use a quote API over HTTP. */
export interface QuoteApiConfig {
  /** A secret: never logged. Set when the source is selected. */
  readonly apiKey: string | undefined;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** Requests are evenly spaced; a fraction spreads a daily quota (25 a day are 0.017). */
  readonly requestsPerMinute: number;
}

/** How to replay a CSV file of prices. */
export interface ReplayConfig {
  /** Set when the source is selected. */
  readonly file: string | undefined;
  /** 1 keeps the file's spacing, 2 halves it. */
  readonly speed: number;
  /** `shifted` moves the first row to now and keeps the spacing; `original` writes what the file says. */
  readonly timestamps: "shifted" | "original";
}

/** Everything that `deno task aggregator` reads from the environment. */
export interface AggregatorConfig {
  readonly database: DatabaseLocation;
  readonly symbols: readonly string[];
  readonly sources: readonly SourceName[];
  /** Total rate of the simulator, over all symbols and sources. */
  readonly ticksPerSecond: number;
  /** Seeds the simulator's random walk; `undefined` takes a fresh seed and logs it. */
  readonly simulatorSeed: number | undefined;
  readonly alphaVantage: QuoteApiConfig;
  readonly finnhub: QuoteApiConfig;
  readonly replay: ReplayConfig;
  /** Ticks kept while the database is away; beyond it the oldest are dropped and counted. */
  readonly bufferTicksMax: number;
  /** Where Prometheus may ask; `undefined` listens nowhere. */
  readonly metrics: ListenAddress | undefined;
  readonly log: LogConfig;
}

const DEFAULT_SYMBOLS = "AAPL,GOOGL,MSFT,AMZN,TSLA,NVDA,META,NFLX".split(",");
const SYMBOLS_MAX = 10_000;

/** @throws {ConfigError} naming every variable that cannot be used */
export function readAggregatorConfig(lookup: EnvLookup): AggregatorConfig {
  const env = new EnvReader(lookup);
  const { database, log } = readDatabase(env);
  const seed = env.text("SIMULATOR_SEED");
  const config: AggregatorConfig = {
    database,
    log,
    symbols: readSymbols(env),
    sources: readSources(env),
    ticksPerSecond: env.decimal("TICKS_PER_SECOND", { default: 20, min: 0.1, max: 50_000 }),
    simulatorSeed: seed === undefined
      ? undefined
      : env.integer("SIMULATOR_SEED", { default: 0, min: 0, max: 4_294_967_295 }),
    alphaVantage: {
      apiKey: env.text("ALPHA_VANTAGE_API_KEY"),
      baseUrl: readUrl(env, "ALPHA_VANTAGE_URL", "https://www.alphavantage.co"),
      requestsPerMinute: readRequestRate(env, "ALPHA_VANTAGE_REQUESTS_PER_MINUTE", 5),
    },
    finnhub: {
      apiKey: env.text("FINNHUB_API_KEY"),
      baseUrl: readUrl(env, "FINNHUB_URL", "https://finnhub.io"),
      requestsPerMinute: readRequestRate(env, "FINNHUB_REQUESTS_PER_MINUTE", 60),
    },
    replay: {
      file: env.text("REPLAY_FILE"),
      speed: env.decimal("REPLAY_SPEED", { default: 1, min: 0.01, max: 100_000 }),
      timestamps: env.choice("REPLAY_TIMESTAMPS", ["shifted", "original"], "shifted"),
    },
    bufferTicksMax: env.integer("BUFFER_TICKS_MAX", {
      default: 500_000,
      min: 1000,
      max: 10_000_000,
    }),
    metrics: readMetricsAddress(env),
  };
  requireForSource(
    env,
    config,
    "alpha_vantage",
    "ALPHA_VANTAGE_API_KEY",
    config.alphaVantage.apiKey,
  );
  requireForSource(env, config, "finnhub", "FINNHUB_API_KEY", config.finnhub.apiKey);
  requireForSource(env, config, "replay", "REPLAY_FILE", config.replay.file);
  env.throwFaults();
  return config;
}

function readMetricsAddress(env: EnvReader): ListenAddress | undefined {
  if (env.text("METRICS_PORT") === undefined) return undefined;
  return {
    host: env.text("METRICS_HOST") ?? "127.0.0.1",
    port: env.integer("METRICS_PORT", { default: 0, min: 1, max: 65_535 }),
  };
}

function readSymbols(env: EnvReader): readonly string[] {
  const symbols = [...new Set(env.list("SYMBOLS", DEFAULT_SYMBOLS))];
  const tooLong = symbols.find((symbol) => symbol.length > 32);
  if (tooLong !== undefined) env.fault("SYMBOLS", "must have 1 to 32 characters each", tooLong);
  if (symbols.length < 1 || symbols.length > SYMBOLS_MAX) {
    env.fault("SYMBOLS", `must name 1 to ${SYMBOLS_MAX} symbols`, `${symbols.length}`);
  }
  return symbols;
}

function readSources(env: EnvReader): readonly SourceName[] {
  const names = [...new Set(env.list("AGGREGATOR_SOURCES", ["simulator"]))];
  const known = SOURCES.filter((source) => names.includes(source));
  const unknown = names.find((name) => !SOURCES.some((source) => source === name));
  if (unknown !== undefined || known.length === 0) {
    env.fault("AGGREGATOR_SOURCES", `must be some of ${SOURCES.join(", ")}`, unknown ?? "empty");
  }
  return known;
}

function readUrl(env: EnvReader, name: string, fallback: string): string {
  const value = env.text(name) ?? fallback;
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) {
    env.fault(name, "must be an http or https URL", value);
  }
  return value.replace(/\/+$/, "");
}

function readRequestRate(env: EnvReader, name: string, fallback: number): number {
  return env.decimal(name, { default: fallback, min: 0.001, max: 6000 });
}

function requireForSource(
  env: EnvReader,
  config: AggregatorConfig,
  source: SourceName,
  name: string,
  value: string | undefined,
): void {
  if (value === undefined && config.sources.includes(source)) {
    env.fault(name, `must be set when AGGREGATOR_SOURCES has ${source}`, "unset");
  }
}
