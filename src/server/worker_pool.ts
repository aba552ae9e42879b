import type { AuthSettings } from "../auth/authenticator.ts";
import type { TicketDesk } from "../auth/ticket_desk.ts";
import { isLoopback } from "../address.ts";
import type { ServerConfig } from "../config.ts";
import type { CandleDesk } from "../candles/desk.ts";
import type { ChatDesk } from "../chat/desk.ts";
import { errorText, SetupError } from "../errors.ts";
import { settingExcerpt, withoutSetting } from "../excerpt.ts";
import { AddressCounts } from "../http/address_counts.ts";
import type { HubPublisher } from "../hub/publisher.ts";
import { type Closable, endsInTime, type IsolateLink, sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import { BUFFERED_BYTES } from "../metric_names.ts";
import type { SharedMetrics } from "../metrics.ts";
import { VERSION } from "../version.ts";
import type { Certificate } from "./certificate.ts";
import { drainPlan, WORKERS_SHARE } from "./drain_plan.ts";
import { LostSessions } from "./lost_sessions.ts";
import { Lifeline, LIFELINE_LIMITS, type LifelineLimits } from "./lifeline.ts";
import { MemoryGuard } from "./memory_guard.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";
import { workerPermissions } from "./worker_permissions.ts";

/** What the pool needs of the configuration. */
export type PoolConfig = Pick<
  ServerConfig,
  | "host"
  | "port"
  | "workers"
  | "limits"
  | "memoryBytesMax"
  | "allowedOrigins"
  | "allowedHosts"
  | "trustedProxies"
  | "log"
  | "shutdownDeadlineMs"
>;

/** What every worker is linked to. */
export interface WorkerSources {
  readonly hub: HubPublisher;
  readonly desk: Pick<ChatDesk, "openLink">;
  /** Left out where there is no database behind. */
  readonly candles?: CandleDesk | undefined;
  /** With a row for each worker. */
  readonly metrics: SharedMetrics;
  /** Makes the workers speak TLS. */
  readonly certificate?: Certificate | undefined;
  /** Left out where authentication is off. */
  readonly auth?: { readonly settings: AuthSettings; readonly tickets: TicketDesk } | undefined;
}

const MEMORY_CHECK_INTERVAL_MS = 250;
const RESTART_DELAY_MS_MIN = 100;
const RESTART_DELAY_MS_MAX = 10_000;
/** A worker that has run this long without a fault has earned a quick restart again. */
const STEADY_AFTER_MS = 60_000;

const log = logger("server");

/** One worker's place in the pool; the isolate in it may be replaced. */
interface Slot {
  readonly index: number;
  worker: Worker | undefined;
  links: readonly IsolateLink[];
  lifeline: Lifeline | undefined;
  startedAtMs: number;
  restartDelayMs: number;
  drained: (() => void) | undefined;
}

/**
 * The isolates that serve clients. Each has its own event loop and shares the port with the others; one
 * that throws, hangs or fills its heap is replaced, and its clients reconnect and resume on any of them.
 *
 * An isolate that never gets to its event loop again cannot be ended: `terminate` leaves it running, its
 * socket still takes its share of the connections, and they get no answer (measured on Deno 2.9.6;
 * denoland/deno#35657). Then the pool is broken, and only a new process helps.
 */
export class WorkerPool implements Closable {
  readonly #config: PoolConfig;
  readonly #sources: WorkerSources;
  readonly #slots: Slot[];
  readonly #workerModule: URL;
  readonly #addresses: AddressCounts;
  /** What waits for each address in the workers' sockets. */
  readonly #held: AddressCounts;
  readonly #limits: LifelineLimits;
  readonly #closing = new AbortController();
  readonly #broken = Promise.withResolvers<SetupError>();
  readonly #startedAtMs = Date.now();
  readonly #processId = crypto.randomUUID();
  readonly #memoryGuard: MemoryGuard;
  readonly #lostSessions: LostSessions;
  #memoryTimer: ReturnType<typeof setInterval> | undefined;
  #restarts = 0;

  /**
   * @param workerModule what runs in each isolate; `worker.ts`, unless a test needs a worse one
   * @param limits for tests that cannot wait as long
   */
  constructor(
    config: PoolConfig,
    sources: WorkerSources,
    workerModule: URL = new URL("./worker.ts", import.meta.url),
    limits: LifelineLimits = LIFELINE_LIMITS,
  ) {
    this.#config = config;
    this.#sources = sources;
    this.#workerModule = workerModule;
    this.#addresses = new AddressCounts(config.workers);
    this.#held = new AddressCounts(config.workers);
    this.#limits = limits;
    this.#lostSessions = new LostSessions(sources.metrics);
    this.#slots = Array.from({ length: config.workers }, (_, index) => ({
      index,
      worker: undefined,
      links: [],
      lifeline: undefined,
      startedAtMs: 0,
      restartDelayMs: RESTART_DELAY_MS_MIN,
      drained: undefined,
    }));
    this.#memoryGuard = new MemoryGuard({
      memoryBytesMax: config.memoryBytesMax,
      workers: () =>
        this.#slots.filter(({ worker }) => worker !== undefined).map(({ index, startedAtMs }) => {
          const figures = sources.metrics.writer(index);
          const cpuMs = figures.value("cpu_ms");
          const bufferedBytes = figures.reader(BUFFERED_BYTES)();
          return { index, startedAtMs, cpuMs, bufferedBytes };
        }),
      replace: (index, reason) => {
        const slot = this.#slots[index];
        if (slot?.worker !== undefined) this.#replace(slot, slot.worker, reason);
      },
    });
  }

  /** How many workers have been replaced since the start. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Resolves, if ever, when an isolate hangs that cannot be ended: the process has to. */
  get broken(): Promise<SetupError> {
    return this.#broken.promise;
  }

  /**
   * Starts every worker and resolves when all accept connections.
   *
   * @throws {SetupError} when the port is taken or a worker cannot start
   */
  async start(): Promise<void> {
    this.#requireFreePort();
    await Promise.all(this.#slots.map((slot) => this.#startWorker(slot)));
    this.#memoryTimer = setInterval(
      () => this.#memoryGuard.check(performance.now()),
      MEMORY_CHECK_INTERVAL_MS,
    );
  }

  /** Lets every worker say goodbye to its clients, and ends those that have not by the deadline. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    clearInterval(this.#memoryTimer);
    const sessions = this.#sources.metrics.sum("sockets");
    const plan = drainPlan(this.#config.shutdownDeadlineMs, sessions);
    log.info("Saying goodbye to {sessions} clients", { code: "server_drains", sessions, ...plan });
    const drained = this.#slots.map((slot) =>
      new Promise<void>((resolve) => {
        if (slot.worker === undefined) return resolve();
        slot.drained = resolve;
        tell(slot.worker, { kind: "drain", plan });
      })
    );
    const deadlineMs = this.#config.shutdownDeadlineMs * WORKERS_SHARE;
    if (!await endsInTime(Promise.all(drained), deadlineMs)) {
      log.warn("Workers cut off after {deadlineMs} ms", {
        code: "server_workers_cut_off",
        deadlineMs,
      });
    }
    for (const slot of this.#slots) {
      slot.worker?.terminate();
      slot.lifeline?.close();
    }
  }

  /** With `reusePort` a second server would share the port in silence, so it is tried without first. */
  #requireFreePort(): void {
    const { host, port } = this.#config;
    const address = `${settingExcerpt(host)}:${port}`;
    try {
      Deno.listen({ hostname: host, port }).close();
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) {
        throw new SetupError(
          `Cannot listen on ${address}: the port must be free, is taken by another program. ` +
            `Stop that program, or choose another port: PORT=${port + 1}`,
        );
      }
      throw new SetupError(
        `Cannot listen on ${address}: ${withoutSetting(errorText(error), host)}`,
      );
    }
  }

  async #startWorker(slot: Slot): Promise<void> {
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
    const worker = new Worker(this.#workerModule, {
      type: "module",
      name: `quotewire worker ${slot.index}`,
      deno: { permissions: workerPermissions(this.#config, this.#workerModule) },
    });
    slot.worker = worker;
    slot.startedAtMs = performance.now();
    worker.onmessage = (event: MessageEvent<FromWorker>) => {
      const message = event.data;
      if (message.kind === "ready") resolve();
      if (message.kind === "failed") reject(new SetupError(message.reason));
      if (message.kind === "drained") slot.drained?.();
    };
    worker.onerror = (event) => {
      // Without this the worker's exception would end the whole process (measured on Deno 2.9.6).
      event.preventDefault();
      reject(new SetupError(event.message));
      this.#replace(slot, worker, event.message);
    };
    const { auth, certificate, metrics } = this.#sources;
    const hub = this.#sources.hub.openLink();
    const desk = this.#sources.desk.openLink();
    const candles = this.#sources.candles?.openLink();
    const tickets = auth?.tickets.openLink();
    const links = [hub, desk, candles, tickets].filter((link) => link !== undefined);
    slot.links = links;
    const lifeline = new Lifeline(this.#limits, (reason) => this.#replace(slot, worker, reason));
    slot.lifeline = lifeline;
    const { host, port, limits, workers, trustedProxies, log: logConfig } = this.#config;
    const { allowedOrigins, allowedHosts, memoryBytesMax } = this.#config;
    tell(worker, {
      kind: "start",
      index: slot.index,
      workers,
      host,
      port,
      certificate,
      limits,
      memoryBytesMax,
      access: {
        allowedOrigins,
        allowedHosts,
        loopback: isLoopback(host),
        tls: certificate !== undefined,
      },
      trustedProxies,
      auth: auth && tickets && { settings: auth.settings, ticketPort: tickets.port },
      log: logConfig,
      metricsBuffer: metrics.buffer,
      addressesBuffer: this.#addresses.buffer,
      heldBuffer: this.#held.buffer,
      startedAtMs: this.#startedAtMs,
      processId: this.#processId,
      version: VERSION,
      lifePort: lifeline.port,
      hubPort: hub.port,
      deskPort: desk.port,
      candlesPort: candles?.port,
    }, [lifeline.port, ...links.map(({ port }) => port)]);
    const { startDeadlineMs } = this.#limits;
    if (await endsInTime(ready, startDeadlineMs)) return;
    throw new SetupError(
      `Cannot start worker ${slot.index}: must accept connections within ${startDeadlineMs} ms, does not yet. ` +
        "The machine is overloaded: start again when it is not, or with fewer workers (WORKERS).",
    );
  }

  #replace(slot: Slot, failed: Worker, reason: string): void {
    if (slot.worker !== failed) return;
    slot.worker = undefined;
    slot.drained?.();
    failed.terminate();
    this.#requireEnd(slot);
    for (const link of slot.links) link.close();
    const sessions = this.#lostSessions.count(slot.index);
    this.#sources.metrics.clearGauges(slot.index);
    this.#addresses.clear(slot.index);
    this.#held.clear(slot.index);
    if (this.#closing.signal.aborted) return;
    this.#restarts += 1;
    // In the row of the worker, which writes this figure never.
    this.#sources.metrics.writer(slot.index).add("worker_restarts", 1);
    if (performance.now() - slot.startedAtMs > STEADY_AFTER_MS) {
      slot.restartDelayMs = RESTART_DELAY_MS_MIN;
    }
    // Who they were, only the worker knew.
    log.error(
      "Worker {index} failed with {sessions} sessions and is replaced in {delayMs} ms: {reason}",
      {
        code: "server_worker_replaced",
        index: slot.index,
        sessions,
        delayMs: slot.restartDelayMs,
        reason,
      },
    );
    this.#restart(slot);
  }

  async #requireEnd({ index, lifeline }: Slot): Promise<void> {
    if (lifeline === undefined) return;
    lifeline.close();
    if (await lifeline.ended() || this.#closing.signal.aborted) return;
    this.#broken.resolve(
      new SetupError(
        `Cannot go on serving: worker ${index} hangs, must end when it is given up, still runs after ` +
          `${lifeline.endDeadlineMs} ms and swallows connections. Start the server again.`,
      ),
    );
  }

  async #restart(slot: Slot): Promise<void> {
    const delayMs = slot.restartDelayMs;
    slot.restartDelayMs = Math.min(delayMs * 2, RESTART_DELAY_MS_MAX);
    await sleep(delayMs, this.#closing.signal);
    if (this.#closing.signal.aborted) return;
    try {
      await this.#startWorker(slot);
      log.info("Worker {index} is back", { code: "server_worker_back", index: slot.index });
    } catch (error) {
      const worker = slot.worker;
      if (worker !== undefined) this.#replace(slot, worker, errorText(error));
    }
  }
}

function tell(worker: Worker, message: ToWorker, transfer: Transferable[] = []): void {
  worker.postMessage(message, transfer);
}
