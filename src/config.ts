import { type AuthConfig, readAuth } from "./auth_config.ts";
import { AddressSet, isLoopback } from "./address.ts";
import { databaseUrls } from "./database_url.ts";
import { type EnvLookup, EnvReader } from "./env.ts";

/** What wakes the feed: a timer alone, or NOTIFY with the timer as a net. */
export type FeedMode = "poll" | "listen";

/** Where prices live: a server that somebody runs, or one that Quotewire runs itself in a folder. */
export type DatabaseLocation =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "embedded"; readonly directory: string };

/** How and what to log. */
export interface LogConfig {
  readonly level: "debug" | "info" | "warning" | "error";
  readonly format: "text" | "json";
}

/** What makes the server speak TLS: PEM files. */
export interface TlsConfig {
  /** The server's certificate, and behind it those that lead to the authority. */
  readonly certPath: string;
  /** Its private key, without a passphrase. */
  readonly keyPath: string;
}

/** Bounds on what clients may use; each is documented in `docs/configuration.md`. */
export interface SessionLimits {
  /** Open WebSockets in the whole process, all endpoints together. */
  readonly sessionsMax: number;
  /** Open WebSockets of one IPv4 address or one IPv6 /64 in the whole process. */
  readonly sessionsPerIpMax: number;
  /** Size of one inbound message; a larger one closes the session with 1009. */
  readonly messageBytesMax: number;
  /** Messages a second that a session may keep up; five times as many at once. Beyond it ends with 4029. */
  readonly messagesPerSecondMax: number;
  /** High-water mark of a session's socket: above it nothing more is sent until it drains. */
  readonly sendBufferBytesMax: number;
  /** How long a session may stay above the high-water mark before it is dropped with 4008. */
  readonly slowClientDeadlineMs: number;
  /** How long a connection may be without a sign of life, pongs included. */
  readonly idleTimeoutMs: number;
}

/** Everything that `deno task serve` reads from the environment. */
export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly database: DatabaseLocation;
  readonly feedMode: FeedMode;
  readonly pollIntervalMs: number;
  /** Isolates that share the port. */
  readonly workers: number;
  /** `undefined` leaves TLS to a proxy. */
  readonly tls: TlsConfig | undefined;
  /** Exact origins that browsers may connect from, beside the server's own. */
  readonly allowedOrigins: readonly string[];
  /** Names without a port, in lower case, by which the server may be addressed. */
  readonly allowedHosts: readonly string[];
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** `undefined` leaves authentication off. */
  readonly auth: AuthConfig | undefined;
  readonly limits: SessionLimits;
  /** Whether the operator asked for `limits.sessionsMax`; otherwise it may be lowered without a warning. */
  readonly isSessionsMaxSet: boolean;
  /** Resident memory of the process above which the worker that filled it is replaced. */
  readonly memoryBytesMax: number;
  readonly shutdownDeadlineMs: number;
  /** Age in days beyond which `db:prune` deletes rows; `undefined` keeps everything. */
  readonly retentionDays: number | undefined;
  readonly log: LogConfig;
}

/** Where the aggregator gets prices from. */
export type SourceName = "simulator" | "alpha_vantage" | "finnhub" | "replay";

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
  readonly log: LogConfig;
}

/** What the database commands (`db:migrate`, `db:reset`, `db:prune`) read from the environment. */
export type DatabaseConfig = Pick<ServerConfig, "database" | "retentionDays" | "log">;

const DEFAULT_DATABASE_URL = "postgres://user:password@localhost:5432/stockdb";
const DEFAULT_SYMBOLS = "AAPL,GOOGL,MSFT,AMZN,TSLA,NVDA,META,NFLX".split(",");
const SYMBOLS_MAX = 10_000;
const SESSIONS_MAX = 1_000_000;
const SOURCES: readonly SourceName[] = ["simulator", "alpha_vantage", "finnhub", "replay"];

/** @throws {ConfigError} naming every variable that cannot be used */
export function readServerConfig(lookup: EnvLookup): ServerConfig {
  const env = new EnvReader(lookup);
  const host = env.text("HOST") ?? "127.0.0.1";
  const trustedProxies = readProxies(env);
  const config: ServerConfig = {
    host,
    port: env.integer("PORT", { default: 8080, min: 1, max: 65_535 }),
    ...readDatabase(env),
    feedMode: env.choice("FEED_MODE", ["poll", "listen"], "poll"),
    pollIntervalMs: env.integer("POLL_INTERVAL_MS", { default: 5000, min: 100, max: 3_600_000 }),
    workers: env.integer("WORKERS", { default: defaultWorkers(), min: 1, max: 64 }),
    tls: readTls(env),
    allowedOrigins: readOrigins(env),
    auth: readAuth(env),
    allowedHosts: readHosts(env),
    trustedProxies,
    limits: readLimits(env, isLoopback(host) && trustedProxies.length === 0),
    isSessionsMaxSet: env.text("MAX_SESSIONS") !== undefined,
    memoryBytesMax: env.integer("MEMORY_BYTES_MAX", {
      default: 2 * 1024 ** 3,
      min: 256 * 1024 ** 2,
      max: 1024 ** 4,
    }),
    shutdownDeadlineMs: env.integer("SHUTDOWN_DEADLINE_MS", {
      default: 10_000,
      min: 1000,
      max: 600_000,
    }),
  };
  env.throwFaults();
  return config;
}

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

/** @throws {ConfigError} naming every variable that cannot be used */
export function readDatabaseConfig(lookup: EnvLookup): DatabaseConfig {
  const env = new EnvReader(lookup);
  const config = readDatabase(env);
  env.throwFaults();
  return config;
}

function readDatabase(env: EnvReader): DatabaseConfig {
  const days = env.text("RETENTION_DAYS");
  return {
    database: readDatabaseLocation(env),
    retentionDays: days === undefined
      ? undefined
      : env.integer("RETENTION_DAYS", { default: 0, min: 1, max: 36_500 }),
    log: {
      level: env.choice("LOG_LEVEL", ["debug", "info", "warning", "error"], "info"),
      format: env.choice("LOG_FORMAT", ["text", "json"], "text"),
    },
  };
}

function readDatabaseLocation(env: EnvReader): DatabaseLocation {
  const value = env.text("DATABASE_URL") ?? DEFAULT_DATABASE_URL;
  if (value.startsWith("embedded:") && value.length > "embedded:".length) {
    return { kind: "embedded", directory: value.slice("embedded:".length) };
  }
  if (databaseUrls(value) === undefined) {
    // The value itself may hold a password, so the message shows its length alone.
    env.fault(
      "DATABASE_URL",
      "must be postgres://USER:PASSWORD@HOST:PORT/NAME or embedded:DIR",
      `a text of ${value.length} characters`,
    );
  }
  return { kind: "url", url: value };
}

function readTls(env: EnvReader): TlsConfig | undefined {
  const certPath = env.text("TLS_CERT");
  const keyPath = env.text("TLS_KEY");
  if (certPath !== undefined && keyPath !== undefined) return { certPath, keyPath };
  if (certPath !== undefined) env.fault("TLS_KEY", "must be set when TLS_CERT is", "unset");
  if (keyPath !== undefined) env.fault("TLS_CERT", "must be set when TLS_KEY is", "unset");
  return undefined;
}

/** @param local whether every client has the address of this machine */
function readLimits(env: EnvReader, local: boolean): SessionLimits {
  return {
    sessionsMax: env.integer("MAX_SESSIONS", { default: 20_000, min: 1, max: SESSIONS_MAX }),
    sessionsPerIpMax: env.integer("MAX_SESSIONS_PER_IP", {
      default: local ? SESSIONS_MAX : 1000,
      min: 1,
      max: SESSIONS_MAX,
    }),
    messageBytesMax: env.integer("MAX_MESSAGE_BYTES", {
      default: 65_536,
      min: 1024,
      max: 16_777_216,
    }),
    messagesPerSecondMax: env.integer("MAX_MESSAGES_PER_SECOND", {
      default: 100,
      min: 1,
      max: 1_000_000,
    }),
    sendBufferBytesMax: env.integer("SEND_BUFFER_BYTES_MAX", {
      default: 1_048_576,
      min: 65_536,
      max: 67_108_864,
    }),
    slowClientDeadlineMs: env.integer("SLOW_CLIENT_DEADLINE_MS", {
      default: 30_000,
      min: 1000,
      max: 600_000,
    }),
    idleTimeoutMs: env.integer("IDLE_TIMEOUT_MS", { default: 30_000, min: 1000, max: 600_000 }),
  };
}

function readOrigins(env: EnvReader): readonly string[] {
  const origins = env.list("ALLOWED_ORIGINS", []);
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin || origin.includes("*")) {
      env.fault("ALLOWED_ORIGINS", "must be exact origins such as https://desk.example", origin);
    }
  }
  return origins;
}

function readHosts(env: EnvReader): readonly string[] {
  const hosts = env.list("ALLOWED_HOSTS", []).map((host) => host.toLowerCase());
  const wrong = hosts.find((host) => !/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host));
  if (wrong !== undefined) {
    env.fault("ALLOWED_HOSTS", "must be names without a port such as feed.example", wrong);
  }
  return hosts;
}

function readProxies(env: EnvReader): readonly string[] {
  const proxies = env.list("TRUSTED_PROXIES", []);
  for (const proxy of proxies) {
    if (AddressSet.isWord(proxy)) continue;
    env.fault("TRUSTED_PROXIES", "must be addresses or networks such as 10.0.0.0/8", proxy);
  }
  return proxies;
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

/** Other kernels accept `reusePort` without balancing connections over the listeners. */
function defaultWorkers(): number {
  return Deno.build.os === "linux" ? Math.min(navigator.hardwareConcurrency, 64) : 1;
}
