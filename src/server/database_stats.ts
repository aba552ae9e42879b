import type { MetricWriter } from "../metrics.ts";

/** What `/api/stats` says of the database, as the main isolate last heard it. */
export interface DatabaseStats {
  /** Whether it answered when it was last asked. */
  readonly reachable: boolean;
  /** Since its last answer, from which all that follows is; null, as all that follows, before the first. */
  readonly answered_ago_ms: number | null;
  /** Of Postgres: "18.4". */
  readonly version: string | null;
  /** Of the table of prices, as its statistics have them. */
  readonly rows_estimate: number | null;
  readonly bytes: number | null;
  /** How old the newest price was then. */
  readonly newest_age_ms: number | null;
  readonly connections: {
    /** Of Quotewire's programs. */
    readonly own: number | null;
    readonly all: number | null;
    readonly max: number | null;
  };
}

/** @param figures of the main isolate @param nowMs since the unix epoch */
export function databaseStats(figures: MetricWriter, nowMs: number): DatabaseStats {
  const answeredAtMs = figures.value("db_answered_at_ms");
  const known = (value: number) => answeredAtMs > 0 && !Number.isNaN(value) ? value : null;
  return {
    reachable: figures.value("db_reachable") === 1,
    // Clocks may be set back.
    answered_ago_ms: known(Math.max(Math.round(nowMs - answeredAtMs), 0)),
    version: answeredAtMs > 0 ? versionText(figures.value("db_version")) : null,
    rows_estimate: known(figures.value("db_rows")),
    bytes: known(figures.value("db_bytes")),
    newest_age_ms: known(Math.max(Math.round(figures.value("db_newest_age_ms")), 0)),
    connections: {
      own: known(figures.value("db_connections_own")),
      all: known(figures.value("db_connections")),
      max: known(figures.value("db_connections_max")),
    },
  };
}

/** Of a number such as 180004, which is 18.4 since Postgres 10. */
function versionText(version: number): string {
  return `${Math.floor(version / 10_000)}.${version % 10_000}`;
}
