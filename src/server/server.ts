import { loadAuth } from "../auth/authenticator.ts";
import { TicketDesk } from "../auth/ticket_desk.ts";
import type { AuthConfig } from "../auth_config.ts";
import { Backbone } from "../backbone/backbone.ts";
import type { BackboneConfig } from "../backbone_config.ts";
import { openCandles } from "../candles/service.ts";
import { BATCH_QUOTES_MAX } from "../cluster/feed_message.ts";
import type { FeedMode, TlsConfig } from "../config.ts";
import { openChat } from "../chat/service.ts";
import { errorText, type SetupError } from "../errors.ts";
import type { Feed } from "../feed/feed.ts";
import { HubPublisher } from "../hub/publisher.ts";
import { type Closable, closeAll, sleep, together } from "../lifecycle.ts";
import { logger } from "../log.ts";
import { SharedMetrics } from "../metrics.ts";
import { readCertificate } from "./certificate.ts";
import { warnOfOpenDoors } from "./open_doors.ts";
import { priceFeed } from "./price_feed.ts";
import { watchDatabase } from "./database_watch.ts";
import { closeInTime } from "./timely_close.ts";
import { affordableSessions } from "./descriptors.ts";
import { serverUrl } from "../server_url.ts";
import { keepVitals } from "./vitals.ts";
import { type PoolConfig, WorkerPool } from "./worker_pool.ts";

/** What a server needs of the configuration. */
export interface ServerOptions extends PoolConfig {
  /** `undefined` leaves TLS to a proxy. */
  readonly tls: TlsConfig | undefined;
  /** Left out where authentication is off. */
  readonly auth: AuthConfig | undefined;
  /** Whether the operator asked for `limits.sessionsMax`. */
  readonly isSessionsMaxSet: boolean;
  readonly databaseUrl: string;
  /** Left out, or `undefined`, where the server stands alone. */
  readonly backbone?: BackboneConfig | undefined;
  readonly feedMode: FeedMode;
  readonly pollIntervalMs: number;
}

const FEED_RESTART_PAUSE_MS = 1000;

const log = logger("server");

/** A running server: one feed, one hub, one chat, a pool of workers. */
export interface Server extends Closable {
  /** Where browsers find the dashboard. */
  readonly url: string;
  /** Resolves, if ever, with the reason why only a new process can go on serving. */
  readonly broken: Promise<SetupError>;
}

/**
 * Starts everything and resolves when clients can connect. The database need not be there: until it
 * is, clients connect and are told that the feed is down.
 *
 * @throws {SetupError} when the port is taken or the dashboard has not been built
 * @throws {ConfigError} when the certificate or another file that the configuration names cannot be used
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const certificate = options.tls && await readCertificate(options.tls);
  const settings = options.auth && await loadAuth(options.auth);
  if (settings === undefined) warnOfOpenDoors(options);
  const auth = settings && { settings, tickets: new TicketDesk() };
  const backbone = options.backbone && await Backbone.open(options.backbone, "quotewire");
  const stop = new AbortController();
  const metrics = new SharedMetrics(options.workers);
  const cluster = options.backbone && backbone && { backbone, name: options.backbone.prefix };
  const hub = new HubPublisher(
    options.feedMode,
    cluster === undefined ? {} : { batchQuotesMax: BATCH_QUOTES_MAX },
  );
  const feed = priceFeed({ ...options, metrics, cluster }, hub);
  const chat = openChat(options.databaseUrl, options.limits, backbone, metrics.main);
  const candles = openCandles(options.databaseUrl);
  const limits = { ...options.limits, sessionsMax: affordableSessions(options) };
  const pool = new WorkerPool({ ...options, limits }, {
    hub,
    desk: chat.desk,
    candles: candles.desk,
    metrics,
    certificate,
    auth,
  });
  const feeding = keepFeeding(feed, stop.signal);
  const parts: Closable[] = [
    ...(backbone === undefined ? [] : [backbone]),
    keepVitals(metrics.main),
    hub,
    together([
      watchDatabase(options.databaseUrl, metrics.main),
      {
        close: async () => {
          stop.abort();
          await feeding;
        },
      },
      chat,
      candles,
    ]),
    pool,
  ];
  try {
    await pool.start();
  } catch (error) {
    await closeAll(parts);
    throw error;
  }
  return {
    url: serverUrl(options),
    broken: pool.broken,
    close: () => closeInTime(parts, options.shutdownDeadlineMs),
  };
}

/**
 * Settles as `work` does, unless the server breaks before.
 *
 * @throws {SetupError} the server's reason when it breaks: the process should end, to be started again
 */
export async function orBroken(
  server: Pick<Server, "broken">,
  work: Promise<unknown>,
): Promise<void> {
  const breaking = server.broken.then((reason) => {
    throw reason;
  });
  await Promise.race([breaking, work]);
}

/** The feed handles every fault that it knows; one that it does not know must not take the clients along. */
async function keepFeeding(feed: Feed, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await feed.run(signal);
    } catch (error) {
      log.error("Feed failed and starts again: {reason}", {
        code: "server_feed_failed",
        reason: errorText(error),
        stack: error instanceof Error ? error.stack : undefined,
      });
      await sleep(FEED_RESTART_PAUSE_MS, signal);
    }
  }
}
