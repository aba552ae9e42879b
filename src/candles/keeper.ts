import type { CandleWriter } from "../db/candle_writer.ts";
import { errorCode } from "../db/connection.ts";
import { errorText } from "../errors.ts";
import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";

const STEP_INTERVAL_MS = 1000;
/** Of the time, so that keeping candles takes a quarter of one connection at most; a fill half of it. */
const REST_FACTOR = 3;
const CATCH_UP_REST_FACTOR = 1;
const CATCH_UP_REST_MS_MIN = 20;
const RETRY_PAUSE_MS_MIN = 1000;
const RETRY_PAUSE_MS_MAX = 60_000;
/** No right to write, or a standby: whether that changes is seldom urgent. */
const CANNOT_WRITE = ["42501", "25006"];

const log = logger("candles");

/**
 * Keeps the candles up to date until `signal` aborts, in steps with rests in between. On a connection of
 * its own, so that neither the feed nor anybody's question waits for it; a fault makes it try again later.
 */
export async function keepCandles(
  writer: Pick<CandleWriter, "step" | "analyze">,
  signal: AbortSignal,
): Promise<void> {
  let retryPauseMs = RETRY_PAUSE_MS_MIN;
  /** Of the failure that was logged last; undefined while all is well. */
  let saidCannot: boolean | undefined;
  let isFilling = false;
  while (!signal.aborted) {
    const startMs = performance.now();
    try {
      const result = await writer.step();
      const tookMs = performance.now() - startMs;
      const isMore = result.kind === "taken" && result.isMore;
      if (isFilling && !isMore) await writer.analyze();
      if (isFilling !== isMore) {
        if (isMore) log.info("Making candles of older prices", { code: "candles_catching_up" });
        else log.info("Candles are up to date", { code: "candles_up_to_date" });
      }
      isFilling = isMore;
      retryPauseMs = RETRY_PAUSE_MS_MIN;
      saidCannot = undefined;
      await sleep(restMs(tookMs, isMore), signal);
    } catch (error) {
      if (signal.aborted) return;
      const code = errorCode(error) ?? "";
      const cannot = CANNOT_WRITE.includes(code);
      if (cannot !== saidCannot) logFailure(cannot, errorText(error));
      saidCannot = cannot;
      retryPauseMs = cannot ? RETRY_PAUSE_MS_MAX : Math.min(retryPauseMs * 2, RETRY_PAUSE_MS_MAX);
      await sleep(retryPauseMs, signal);
    }
  }
}

/** @param cannot whether the server may not write, which is how some want it */
function logFailure(cannot: boolean, reason: string): void {
  if (cannot) {
    log.info("Candles are not kept, charts are made from the rows: {reason}", {
      code: "candles_not_kept",
      reason,
    });
  } else {
    log.warn("Candles cannot be kept, charts are made from the rows: {reason}", {
      code: "candles_failed",
      reason,
    });
  }
}

function restMs(tookMs: number, isMore: boolean): number {
  return isMore
    ? Math.max(CATCH_UP_REST_MS_MIN, tookMs * CATCH_UP_REST_FACTOR)
    : Math.max(STEP_INTERVAL_MS, tookMs * REST_FACTOR);
}
