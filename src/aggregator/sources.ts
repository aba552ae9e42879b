import type { AggregatorConfig, QuoteApiConfig, SourceName } from "../config.ts";
import { logger } from "../log.ts";
import { AlphaVantage } from "./alpha_vantage.ts";
import { Finnhub } from "./finnhub.ts";
import type { PriceSource } from "./price_source.ts";
import type { QuoteApi } from "./quote_api.ts";
import { QuotePoller } from "./quote_poller.ts";
import { Replay } from "./replay.ts";
import { Simulator } from "./simulator.ts";

const log = logger("aggregator");

/** Makes the sources that the configuration names. */
export function createSources(config: AggregatorConfig): PriceSource[] {
  return config.sources.map((name) => createSource(name, config));
}

function createSource(name: SourceName, config: AggregatorConfig): PriceSource {
  switch (name) {
    case "simulator":
      return createSimulator(config);
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

function createSimulator(config: AggregatorConfig): Simulator {
  const seed = config.simulatorSeed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  log.info("Simulating {symbols} symbols at {ticksPerSecond} ticks/s with SIMULATOR_SEED={seed}", {
    code: "aggregator_simulator_seed",
    symbols: config.symbols.length,
    ticksPerSecond: config.ticksPerSecond,
    seed,
  });
  return new Simulator({ symbols: config.symbols, ticksPerSecond: config.ticksPerSecond, seed });
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
