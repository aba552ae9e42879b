import type { ListenAddress } from "../config.ts";
import { errorText, SetupError } from "../errors.ts";
import { settingExcerpt, withoutSetting } from "../excerpt.ts";
import { Exposition } from "../exposition/exposition.ts";
import { type Closable, endsInTime } from "../lifecycle.ts";
import { logger } from "../log.ts";
import { AGGREGATOR_METRICS } from "./aggregator_metrics.ts";
import type { AggregatorTotals } from "./progress.ts";

const CLOSE_DEADLINE_MS = 1000;

const log = logger("aggregator");

/**
 * Answers `GET /metrics` with what the aggregator has done so far, to whoever asks.
 *
 * @throws {SetupError} when it cannot listen there
 */
export function listenForMetrics(
  { host, port }: ListenAddress,
  totals: () => AggregatorTotals,
): Closable {
  const exposition = new Exposition(AGGREGATOR_METRICS, () => ({
    totals: totals(),
    residentBytes: Deno.memoryUsage().rss,
  }));
  const server = listen(host, port, async (request) => {
    const isAsked = new URL(request.url).pathname === "/metrics" && request.method === "GET";
    if (!isAsked) return new Response("Cannot find it: must be GET /metrics\n", { status: 404 });
    const { text, contentType } = await exposition.read();
    return new Response(text, { headers: { "content-type": contentType } });
  });
  server.finished.catch((error: unknown) => {
    log.error("Metrics cannot be read any more: {reason}", {
      code: "aggregator_metrics_failed",
      reason: errorText(error),
    });
  });
  return {
    async close() {
      await endsInTime(server.shutdown(), CLOSE_DEADLINE_MS);
    },
  };
}

function listen(host: string, port: number, handler: Deno.ServeHandler): Deno.HttpServer {
  const onListen = () => {
    log.info("Metrics are at http://{host}:{port}/metrics", {
      code: "aggregator_metrics_listening",
      host,
      port,
    });
  };
  try {
    return Deno.serve({ hostname: host, port, onListen }, handler);
  } catch (error) {
    throw new SetupError(
      `Cannot serve metrics on METRICS_HOST:METRICS_PORT: must be free, is ${
        settingExcerpt(host)
      }:${port} ` +
        `(${withoutSetting(errorText(error), host)})`,
    );
  }
}
