/// <reference lib="deno.worker" />
import { Authenticator } from "../auth/authenticator.ts";
import { Doorkeeper } from "../auth/doorkeeper.ts";
import { TicketWindow } from "../auth/ticket_window.ts";
import { AddressSet, subscriberOf } from "../address.ts";
import { CandleWindow } from "../candles/window.ts";
import { ChatChannel } from "../channels/chat_channel.ts";
import { EchoChannel } from "../channels/echo_channel.ts";
import { EventsChannel } from "../channels/events_channel.ts";
import { errorText } from "../errors.ts";
import { Exposition } from "../exposition/exposition.ts";
import { SERVER_METRICS } from "../exposition/server_metrics.ts";
import type { ServerReading } from "../exposition/server_reading.ts";
import { AddressCounts } from "../http/address_counts.ts";
import { Admission } from "../http/admission.ts";
import { createApp } from "../http/app.ts";
import type { Channels } from "../http/socket_services.ts";
import { loadStaticFiles } from "../http/static_files.ts";
import { traceRequests } from "../http/traced_requests.ts";
import { type BookChange, Replica } from "../hub/replica.ts";
import { endsInTime } from "../lifecycle.ts";
import { configureLog, logger } from "../log.ts";
import { type MetricWriter, SharedMetrics } from "../metrics.ts";
import { PriceChannel } from "../session/price_channel.ts";
import { SessionRegistry } from "../session/registry.ts";
import { SendBuffers } from "../session/send_buffers.ts";
import type { DrainPlan } from "./drain_plan.ts";
import type { LiveLimits, SessionContext } from "../session/session.ts";
import { fullStats } from "./full_stats.ts";
import { Listener } from "./listener.ts";
import { keepBeating } from "./beat.ts";
import { LOOK_INTERVAL_MS, MainWatch } from "./main_watch.ts";
import { serverStats } from "./stats.ts";
import { keepVitals } from "./vitals.ts";
import type { FromWorker, StartWorker, ToWorker } from "./worker_messages.ts";

/**
 * Entry point of a worker isolate: one HTTP server on the shared port, one copy of the book, and the
 * sessions that the kernel gives it. The pool tells it to start, and later to drain.
 */

const TICK_INTERVAL_MS = 1000;
/** Part of `MEMORY_BYTES_MAX` that may wait for clients that do not read. */
const SEND_BUFFERS_SHARE = 1 / 4;

const log = logger("server");

let drain: ((plan: DrainPlan) => Promise<void>) | undefined;

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.kind === "start") {
    start(message).catch((error: unknown) => {
      report({ kind: "failed", reason: errorText(error) });
    });
  } else if (drain === undefined) {
    // It never got so far as to serve anybody.
    report({ kind: "drained" });
  } else {
    drain(message.plan).catch((error: unknown) => {
      log.error("Drain failed: {reason}", {
        code: "server_drain_failed",
        reason: errorText(error),
      });
    }).finally(() => report({ kind: "drained" }));
  }
};

async function start(options: StartWorker): Promise<void> {
  await configureLog(options.log);
  const files = await loadStaticFiles();
  const metrics = new SharedMetrics(options.workers, options.metricsBuffer);
  const counters = metrics.writer(options.index);
  const mainWatch = keepWatch(options, metrics, counters);
  const countDelay = delayCounter(options.startedAtMs, counters);
  let feedState: string | undefined;
  const replica = new Replica(options.hubPort, {
    beforeChange: () => registry.finish(),
    onChange: (change) => {
      channels.prices.deliver(change, () => countDelay(change));
      channels.events.deliver(change);
    },
    onStatus: ({ status }) => {
      if (status !== feedState) channels.prices.announceFeed();
      feedState = status;
    },
    onReset: () => {
      channels.prices.reset();
      channels.events.reset();
      listener.start();
    },
  });
  const stats = () => serverStats(replica, metrics, options);
  const { limits, buffers, admission } = createLimits(options, metrics, counters);
  const registry = new SessionRegistry({ limits, metrics, counters, buffers });
  const context = { view: replica, limits, stats };
  const channels = openChannels(registry, context, limits, options.deskPort);
  const tick = keepTicking(replica, counters);
  const doorkeeper = createDoorkeeper(options.auth);
  const candles = options.candlesPort && new CandleWindow(options.candlesPort);
  const app = createApp({
    view: replica,
    admission,
    channels,
    candles,
    counters,
    files,
    exposition: createExposition(replica, metrics, options),
    stats: () => fullStats(stats(), metrics, options),
    isDraining: () => registry.draining,
    fault: () => mainWatch.fault,
    doorkeeper,
    access: options.access,
    trustedProxies: new AddressSet(options.trustedProxies),
    hasAddresses: hasAddresses(options),
    ...limits,
  });

  const listener = createListener(app, options);

  drain = async (plan) => {
    await registry.drain(plan);
    clearInterval(tick);
    registry.close();
    channels.chat.close();
    doorkeeper.close();
    candles?.close();
    replica.close();
    await shutDown(listener, plan.shutdownMs);
  };
}

/**
 * Tells that this isolate lives, and watches whether the main isolate does. If that hangs for good, nothing
 * in the process can end it, and `Deno.exit` in a worker ends the worker alone. A signal to the process
 * itself does, for which Deno asks no permission (denoland/deno#34382), unless this is a container's first
 * process, whom the kernel spares (all measured on Deno 2.9.6). This one leaves no core with tokens in it.
 */
function keepWatch(
  { lifePort }: StartWorker,
  metrics: SharedMetrics,
  counters: MetricWriter,
): MainWatch {
  keepBeating(lifePort);
  keepVitals(counters);
  const watch = new MainWatch({
    beat: () => metrics.main.value("beat_at_ms"),
    end: () => Deno.kill(Deno.pid, "SIGKILL"),
  });
  setInterval(() => watch.look(), LOOK_INTERVAL_MS);
  return watch;
}

/**
 * Counts how long after its commit the oldest price of a change was handed to the sockets. What is older
 * than the server has not waited for it.
 */
function delayCounter(startedAtMs: number, counters: MetricWriter): (change: BookChange) => void {
  const observe = counters.observer("commit_to_send");
  return ({ insertedAtMs }) => {
    if (insertedAtMs === undefined || insertedAtMs < startedAtMs) return;
    // The database's clock may be ahead.
    observe(Math.max(0, Date.now() - insertedAtMs) / 1000);
  };
}

function keepTicking(replica: Replica, counters: MetricWriter) {
  let [gaps, resyncs] = [0, 0];
  return setInterval(() => {
    replica.tick();
    counters.add("hub_gaps", replica.gaps - gaps);
    counters.add("hub_resyncs", replica.resyncs - resyncs);
    [gaps, resyncs] = [replica.gaps, replica.resyncs];
  }, TICK_INTERVAL_MS);
}

/**
 * A WebSocket that has stopped reading, or a connection that never says a word over TLS, keeps `shutdown`
 * from ending (measured on Deno 2.9.6).
 */
async function shutDown(listener: Listener, deadlineMs: number): Promise<void> {
  if (await endsInTime(listener.shutdown(), deadlineMs)) return;
  log.warn("Connections cut off after {deadlineMs} ms", {
    code: "server_connections_cut_off",
    deadlineMs,
  });
}

/** What all sessions are held to, and those who want to become one. */
function createLimits(options: StartWorker, metrics: SharedMetrics, counters: MetricWriter) {
  const { index: row, workers } = options;
  const held = new AddressCounts(workers, options.heldBuffer);
  const buffers = new SendBuffers({
    sendBufferBytesMax: options.limits.sendBufferBytesMax,
    bytesMax: options.memoryBytesMax * SEND_BUFFERS_SHARE,
    workers,
    metrics,
    counters,
    onHeld: (address, units) => held.add(row, subscriberOf(address), units),
  });
  const limits: LiveLimits = { ...options.limits, sendMark: buffers.mark };
  const addresses = new AddressCounts(workers, options.addressesBuffer);
  const admission = new Admission({
    limits,
    row,
    metrics,
    counters,
    addresses,
    buffers,
    held,
    hasAddresses: hasAddresses(options),
  });
  return { limits, buffers, admission };
}

/** On loopback everybody has one, unless a proxy says which. */
function hasAddresses({ access, trustedProxies }: StartWorker): boolean {
  return !access.loopback || trustedProxies.length > 0;
}

function createExposition(
  replica: Replica,
  metrics: SharedMetrics,
  { startedAtMs, limits, memoryBytesMax, certificate }: StartWorker,
): Exposition<ServerReading> {
  return new Exposition(SERVER_METRICS, () => ({
    metrics,
    feed: replica.feed(),
    residentBytes: Deno.memoryUsage().rss,
    sessionsMax: limits.sessionsMax,
    memoryBytesMax,
    certificateExpiresAtMs: certificate?.expiresAtMs,
    startedAtMs,
    nowMs: Date.now(),
  }));
}

function openChannels(
  registry: SessionRegistry,
  context: SessionContext,
  limits: LiveLimits,
  deskPort: MessagePort,
): Channels {
  return {
    prices: new PriceChannel(registry, context),
    echo: new EchoChannel(registry, limits),
    events: new EventsChannel(registry, context),
    chat: new ChatChannel(registry, { limits, deskPort }),
  };
}

function createListener(
  app: ReturnType<typeof createApp>,
  { host, port, certificate }: StartWorker,
): Listener {
  return new Listener({
    hostname: host,
    port,
    certificate,
    onListen: () => report({ kind: "ready" }),
    // Who asks for `completed` makes a promise, which no WebSocket needs.
    handler: traceRequests((request, info) =>
      app.fetch(request, { remoteAddr: info.remoteAddr, completed: () => info.completed })
    ),
  });
}

function createDoorkeeper(auth: StartWorker["auth"]): Doorkeeper {
  if (auth === undefined) return new Doorkeeper(undefined);
  return new Doorkeeper({
    authenticator: new Authenticator(auth.settings),
    tickets: new TicketWindow(auth.ticketPort),
  });
}

function report(message: FromWorker): void {
  self.postMessage(message);
}
