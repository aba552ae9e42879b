import type { AggregatorConfig } from "../aggregator_config.ts";
import type { ListenAddress } from "../config.ts";
import { Database } from "../db/client.ts";
import { PriceStore } from "../db/price_store.ts";
import { PriceWriter } from "../db/price_writer.ts";
import { awaitSchema } from "../db/schema_wait.ts";
import { errorText } from "../errors.ts";
import { logger } from "../log.ts";
import { listenForMetrics } from "./metrics_listener.ts";
import { type AggregatorTotals, reportProgress } from "./progress.ts";
import type { PriceSource } from "./price_source.ts";
import { SIMULATED_VENUES } from "./simulator.ts";
import { SourceInlet } from "./source_inlet.ts";
import { createSources, type LastPrices } from "./sources.ts";
import { TickBuffer } from "./tick_buffer.ts";
import { TickWriter } from "./tick_writer.ts";

const FLUSH_DEADLINE_MS = 5000;

const log = logger("aggregator");

/**
 * Writes prices from the configured sources into the database until `signal` aborts, or until all
 * sources have ended and everything is written. Waits for the database to come up, and migrates it.
 * After the abort the buffer gets five seconds to be written.
 *
 * @returns what was done; `buffered` is what could not be written any more
 * @throws {SetupError} when a source or the database needs the operator
 */
export async function runAggregator(
  config: AggregatorConfig,
  databaseUrl: string,
  signal: AbortSignal,
): Promise<AggregatorTotals> {
  await awaitSchema(databaseUrl, signal);
  const database = new Database({
    url: databaseUrl,
    connectionsMax: 1,
    applicationName: "quotewire aggregator",
  });
  try {
    const sources = signal.aborted
      ? []
      : createSources(config, await readLastPrices(config, database));
    const buffer = new TickBuffer(config.bufferTicksMax);
    return await pump(sources, buffer, new PriceWriter(database), config.metrics, signal);
  } finally {
    await database.close();
  }
}

/** Where a simulation before this one stopped, so that a restart does not make prices jump. */
async function readLastPrices(config: AggregatorConfig, database: Database): Promise<LastPrices> {
  if (!config.sources.includes("simulator")) return new Map();
  try {
    const { rows } = await new PriceStore(database).newest(1);
    return new Map(
      rows.filter(({ source }) => SIMULATED_VENUES.some((venue) => venue === source))
        .map(({ symbol, price }) => [symbol, price]),
    );
  } catch (error) {
    log.warn("Cannot go on from the last prices: {reason}", {
      code: "aggregator_last_prices_unknown",
      reason: errorText(error),
    });
    return new Map();
  }
}

async function pump(
  sources: readonly PriceSource[],
  buffer: TickBuffer,
  prices: PriceWriter,
  metrics: ListenAddress | undefined,
  signal: AbortSignal,
): Promise<AggregatorTotals> {
  const inlets = sources.map((source) => new SourceInlet(source, buffer));
  const writer = new TickWriter(buffer, prices);
  const totals = (): AggregatorTotals => ({
    written: writer.written,
    refused: writer.refused,
    dropped: buffer.dropped,
    buffered: writer.waiting,
    sources: inlets.map((inlet) => inlet.totals),
  });
  const listener = metrics && listenForMetrics(metrics, totals);
  const stop = new AbortController();
  const running = AbortSignal.any([signal, stop.signal]);
  const reporting = reportProgress(totals, running);
  try {
    await allOrStop([runSources(inlets, buffer, running), writer.run(running)], stop);
  } finally {
    stop.abort();
    await reporting;
    if (buffer.size > 0) {
      log.info("Writing the last {buffered} prices, within {deadlineMs} ms", {
        code: "aggregator_flushing",
        buffered: buffer.size,
        deadlineMs: FLUSH_DEADLINE_MS,
      });
    }
    await writer.flush(FLUSH_DEADLINE_MS);
    await listener?.close();
    reportEnd(totals());
  }
  return totals();
}

function reportEnd(totals: AggregatorTotals): void {
  if (totals.buffered > 0) {
    log.warn("{buffered} prices are lost: Postgres did not take them within {deadlineMs} ms", {
      code: "aggregator_prices_lost",
      buffered: totals.buffered,
      deadlineMs: FLUSH_DEADLINE_MS,
    });
  }
  log.info("Stopped", { code: "aggregator_stopped", ...totals });
}

async function runSources(
  inlets: readonly SourceInlet[],
  buffer: TickBuffer,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const running = AbortSignal.any([signal, stop.signal]);
  try {
    await allOrStop(inlets.map((inlet) => inlet.run(running)), stop);
  } finally {
    buffer.close();
  }
}

/** Waits for all; the first that fails stops the others, is waited for with them, and is thrown. */
async function allOrStop(work: readonly Promise<void>[], stop: AbortController): Promise<void> {
  const results = await Promise.allSettled(work.map((part) =>
    part.catch((error: unknown) => {
      stop.abort();
      throw error;
    })
  ));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
