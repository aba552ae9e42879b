import type { SharedMetrics } from "../metrics.ts";
import type { FeedStatus } from "../price/feed_status.ts";

/** What a server's metrics are read from. Every worker has it at hand, and waits for nobody. */
export interface ServerReading {
  readonly metrics: SharedMetrics;
  /** As the worker that is asked sees it. */
  readonly feed: FeedStatus;
  /** Resident memory of the process. */
  readonly residentBytes: number;
  /** Most sockets that are let in: `MAX_SESSIONS`, or what the limit of open files leaves of it. */
  readonly sessionsMax: number;
  /** `MEMORY_BYTES_MAX` */
  readonly memoryBytesMax: number;
  /** Without TLS there is none; since the unix epoch, as those after it. */
  readonly certificateExpiresAtMs: number | undefined;
  readonly startedAtMs: number;
  readonly nowMs: number;
}
