import assert from "node:assert/strict";
import { someServerStats } from "../../tests/support/server_stats.ts";
import { NOTHING_KNOWN } from "./stats_watch.ts";
import { ratesBetween } from "./stats_rates.ts";
import { textWidth } from "./terminal_text.ts";
import { TopBoard, type TopView } from "./top_board.ts";

const NOW_MS = 1_795_233_361_000;
const WIDE = { columns: 120, rows: 40 };
const SEQUENCE_REGEXP = new RegExp(`${"\x1b"}\\[[0-9]+m`, "g");

function view(different: Partial<TopView> = {}): TopView {
  const stats = someServerStats();
  const before = someServerStats({ uptime_ms: stats.uptime_ms - 1000 });
  return {
    away: undefined,
    stats,
    heardAtMs: NOW_MS,
    rates: ratesBetween(before, stats),
    url: "http://127.0.0.1:8080",
    nowMs: NOW_MS,
    ...different,
  };
}

function draw(shown: TopView, size = WIDE, colours = false): string[] {
  return new TopBoard({ colours }).draw(shown, size);
}

Deno.test("TopBoard.draw() shows feed, clients, traffic, limits, database and workers", () => {
  assert.deepEqual(draw(view()), [
    "● Feed live  http://127.0.0.1:8080  up 1m 30s  Quotewire 0.1.0  Deno 2.9.6  Postgres 18.4  process 6f1c9a52",
    "Feed      listen, 35 ms old  0 reads/s  – each  0 rows/s",
    "Clients   1 of 20,000 (0 %)  0 new/s  0 slow dropped  0 refused",
    "Updates   0 sent/s  half in –, 99 % in –  0 conflated/s  0 waiting  16 quotes known",
    "Traffic   out 0 frames/s 0 B/s  in 0 frames/s 0 B/s  0 B buffered",
    "Memory    210 MB of 2.1 GB (10 %)",
    "Database  newest price 2s ago  1,234,567 rows  140 MB  12 of 100 connections  9 ours",
    "",
    "WORKER    SESSIONS     CPU       LAG      HEAP  RESTARTS",
    "main                   0 %      3 ms     20 MB",
    "0                1     0 %      3 ms     20 MB         0",
    "",
    "ENDPOINT  PROTOCOL                  OPEN        EVER",
    "feed      quotewire.v1.json            1           3",
  ]);
});

Deno.test("TopBoard.draw() never exceeds the terminal, with colours either", () => {
  const away = { reason: "connection refused ".repeat(10), retryAtMs: NOW_MS + 3000 };
  for (const shown of [view(), view({ away }), { ...view(), ...NOTHING_KNOWN }]) {
    for (const columns of [0, 1, 10, 40, 80, 200]) {
      for (const rows of [0, 1, 3, 12, 60]) {
        const lines = draw(shown, { columns, rows }, true);
        assert.ok(lines.length <= rows, `${lines.length} lines in ${rows} rows`);
        for (const line of lines) {
          const width = textWidth(line.replace(SEQUENCE_REGEXP, ""));
          assert.ok(width <= columns, `"${line}" in ${columns}`);
        }
      }
    }
  }
});

Deno.test("TopBoard.draw() leaves out whole what does not fit, and says how many lines are missing", () => {
  const lines = draw(view(), { columns: 40, rows: 5 });
  assert.deepEqual(lines, [
    "● Feed live  http://127.0.0.1:8080",
    "Feed      listen, 35 ms old  0 reads/s",
    "Clients   1 of 20,000 (0 %)  0 new/s",
    "Updates   0 sent/s",
    "… 10 more lines: make the window taller",
  ]);
});

Deno.test("TopBoard.draw() keeps the last answer of a server that is away, and says so", () => {
  const away = { reason: "connection refused", retryAtMs: NOW_MS + 2500 };
  const [status, reason, feed] = draw(view({ away, heardAtMs: NOW_MS - 8000 }));
  assert.equal(status, "○ Not answering, as of 8s ago  again in 3 s  http://127.0.0.1:8080");
  assert.equal(reason, "connection refused");
  assert.match(feed ?? "", /^Feed +listen/);
  const [first] = draw({ ...view(), ...NOTHING_KNOWN, away });
  assert.equal(first, "○ Not answering  again in 3 s  http://127.0.0.1:8080");
});

Deno.test("TopBoard.draw() lets the newest price grow older while the database is away", () => {
  // It said "away  newest price 0s ago" for as long as that took.
  const { database } = someServerStats();
  const shown = (different: Partial<typeof database>) => {
    const stats = someServerStats({ database: { ...database, ...different } });
    return draw(view({ stats })).find((line) => line.startsWith("Database"));
  };
  const away = { reachable: false, answered_ago_ms: 40_000 };
  assert.match(shown(away) ?? "", /^Database +away +newest known price 42s ago /);
  const never = { ...away, answered_ago_ms: null, newest_age_ms: null };
  assert.match(shown(never) ?? "", /^Database +away +newest known price – /);
});

Deno.test("TopBoard.draw() marks what nears its limit, hangs or was replaced", () => {
  const stats = someServerStats({ sockets: 16_500, resident_bytes: 2_100_000_000 });
  const isolates = stats.isolates.map((one) => ({ ...one, restarts_total: 2, reporting: false }));
  const text = draw(view({ stats: { ...stats, isolates } }), WIDE, true).join("\n");
  assert.ok(text.includes("\x1b[33m16,500 of 20,000 (83 %)"));
  assert.ok(text.includes("\x1b[31m2.1 GB of 2.1 GB (98 %)"));
  assert.ok(text.includes("\x1b[31m  silent"));
  assert.match(text, /\[33m +2/);
});

Deno.test("TopBoard.draw() shows no escape sequence that a server sends", () => {
  const stats = someServerStats({ versions: { quotewire: "0\x1b[2J", deno: "2\x1b[2J" } });
  assert.ok(!draw(view({ stats })).join("").includes("\x1b"));
});
