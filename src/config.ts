import { type AuthConfig, readAuth } from "./auth_config.ts";
import { type BackboneConfig, readBackbone } from "./backbone_config.ts";
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
  /** Bytes a second that one address may say in the chat; sixteen times as many at once. */
  readonly chatBytesPerSecondMax: number;
  /** High-water mark of a session's socket: above it nothing more is sent until it drains. */
  readonly sendBufferBytesMax: number;
  /** How long a session may stay above the high-water mark before it is dropped with 4008. */
  readonly slowClientDeadlineMs: number;
  /** How long a connection may be without a sign of life, pongs included. */
  readonly idleTimeoutMs: number;
}

/** Where a server listens, and how. */
export interface ListenConfig extends ListenAddress {
  /** `undefined` leaves TLS to a proxy. */
  readonly tls: TlsConfig | undefined;
}

/** Everything that `deno task serve` reads from the environment. */
export interface ServerConfig extends ListenConfig {
  readonly database: DatabaseLocation;
  readonly feedMode: FeedMode;
  readonly pollIntervalMs: number;
  /** Where this server meets others on the same database; `undefined` when it stands alone. */
  readonly backbone: BackboneConfig | undefined;
  /** Isolates that share the port. */
  readonly workers: number;
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

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** What the database commands (`db:migrate`, `db:reset`, `db:prune`) read from the environment. */
export type DatabaseConfig = Pick<ServerConfig, "database" | "retentionDays" | "log">;

const DEFAULT_DATABASE_URL = "postgres://user:password@localhost:5432/stockdb";
const SESSIONS_MAX = 1_000_000;

/** @throws {ConfigError} naming every variable that cannot be used */
export function readServerConfig(lookup: EnvLookup): ServerConfig {
  const env = new EnvReader(lookup);
  const listen = readListen(env);
  const trustedProxies = readProxies(env);
  const config: ServerConfig = {
    ...listen,
    ...readDatabase(env),
    feedMode: env.choice("FEED_MODE", ["poll", "listen"], "poll"),
    pollIntervalMs: env.integer("POLL_INTERVAL_MS", { default: 5000, min: 100, max: 3_600_000 }),
    backbone: readBackbone(env),
    workers: env.integer("WORKERS", { default: defaultWorkers(), min: 1, max: 64 }),
    allowedOrigins: readOrigins(env),
    auth: readAuth(env),
    allowedHosts: readHosts(env),
    trustedProxies,
    limits: readLimits(env, isLoopback(listen.host) && trustedProxies.length === 0),
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

/**
 * What `deno task health` reads from the environment: where the server is that it gives settings to.
 *
 * @throws {ConfigError} naming every variable that cannot be used
 */
export function readListenConfig(lookup: EnvLookup): ListenConfig {
  const env = new EnvReader(lookup);
  const config = readListen(env);
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

/** Reads what every program with a database reads. */
export function readDatabase(env: EnvReader): DatabaseConfig {
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

function readListen(env: EnvReader): ListenConfig {
  return {
    host: env.text("HOST") ?? "127.0.0.1",
    port: env.integer("PORT", { default: 8080, min: 1, max: 65_535 }),
    tls: readTls(env),
  };
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
    chatBytesPerSecondMax: env.integer("MAX_CHAT_BYTES_PER_SECOND", {
      default: 65_536,
      min: 1024,
      max: 1_073_741_824,
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

/** Other kernels accept `reusePort` without balancing connections over the listeners. */
function defaultWorkers(): number {
  return Deno.build.os === "linux" ? Math.min(navigator.hardwareConcurrency, 64) : 1;
}
