import type { AggregatorConfig, QuoteApiConfig, SourceName } from "../aggregator_config.ts";
import { logger } from "../log.ts";
import { AlphaVantage } from "./alpha_vantage.ts";
import { Finnhub } from "./finnhub.ts";
import type { PriceSource } from "./price_source.ts";
import type { QuoteApi } from "./quote_api.ts";
import { QuotePoller } from "./quote_poller.ts";
import { Replay } from "./replay.ts";
import { Simulator } from "./simulator.ts";

const log = logger("aggregator");

/** Newest price of each symbol, as far as there is one. */
export type LastPrices = ReadonlyMap<string, number>;

/**
 * Makes the sources that the configuration names.
 *
 * @param lastPrices from which a simulation goes on, unless it is seeded to be the same each time
 */
export function createSources(config: AggregatorConfig, lastPrices: LastPrices): PriceSource[] {
  return config.sources.map((name) => createSource(name, config, lastPrices));
}

function createSource(
  name: SourceName,
  config: AggregatorConfig,
  lastPrices: LastPrices,
): PriceSource {
  switch (name) {
    case "simulator":
      return createSimulator(config, lastPrices);
    case "alpha_vantage":
      return createPoller(config, config.alphaVantage, (access) => new AlphaVantage(access));
    case "finnhub":
      return createPoller(config, config.finnhub, (access) => new Finnhub(access));
    case "replay": {
      const { file, speed, timestamps } = config.replay;
      if (file === undefined) throw new TypeError("Cannot replay: REPLAY_FILE must be set, is not");
      return new Replay({ file, speed, timestamps });
    }
  }
}

function createSimulator(config: AggregatorConfig, lastPrices: LastPrices): Simulator {
  const seed = config.simulatorSeed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  log.info("Simulating {symbols} symbols at {ticksPerSecond} ticks/s with SIMULATOR_SEED={seed}", {
    code: "aggregator_simulator_seed",
    symbols: config.symbols.length,
    ticksPerSecond: config.ticksPerSecond,
    seed,
  });
  const { symbols, ticksPerSecond, simulatorSeed } = config;
  return new Simulator({
    symbols,
    ticksPerSecond,
    seed,
    lastPrices: simulatorSeed === undefined ? lastPrices : new Map(),
  });
}

function createPoller(
  config: AggregatorConfig,
  { apiKey, baseUrl, requestsPerMinute }: QuoteApiConfig,
  connect: (access: { apiKey: string; baseUrl: string }) => QuoteApi,
): QuotePoller {
  if (apiKey === undefined) {
    throw new TypeError("Cannot ask a quote API: its key must be set, is not");
  }
  const api = connect({ apiKey, baseUrl });
  return new QuotePoller({ api, symbols: config.symbols, requestsPerMinute });
}
