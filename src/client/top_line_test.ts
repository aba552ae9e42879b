import assert from "node:assert/strict";
import { someServerStats } from "../../tests/support/server_stats.ts";
import { ratesBetween } from "./stats_rates.ts";
import { topLine } from "./top_line.ts";

const AT_MS = 1_795_233_361_000;

function figuresOf(line: string): Map<string, string> {
  return new Map(
    line.split("\t").slice(1).map((word) => {
      const [name = "", figure = ""] = word.split("=");
      return [name, figure];
    }),
  );
}

Deno.test("topLine() begins with the time, and names each figure", () => {
  const stats = someServerStats();
  const before = someServerStats({ uptime_ms: stats.uptime_ms - 1000, connects_total: 2 });
  const line = topLine(AT_MS, stats, ratesBetween(before, stats));
  assert.ok(line.startsWith("2026-11-21T03:56:01.000Z\tfeed=live\tmode=listen\tage_ms=35\t"));
  const figures = figuresOf(line);
  assert.equal(figures.get("sent_updates_per_second"), "0");
  assert.equal(figures.get("workers"), "1/1");
  assert.equal(figures.get("database"), "up");
  assert.equal(figures.get("newest_age_ms"), "2000");
  assert.equal(figures.get("process"), stats.process);
});

Deno.test("topLine() leaves out what is not known", () => {
  const stats = someServerStats();
  const database = { ...stats.database, reachable: false, newest_age_ms: null };
  const figures = figuresOf(topLine(AT_MS, { ...stats, database }, undefined));
  assert.equal(figures.get("database"), "away");
  assert.ok(!figures.has("newest_age_ms"));
  assert.ok(!figures.has("reads_per_second"));
});

Deno.test("topLine() lets the newest price grow older while the database is away", () => {
  const stats = someServerStats();
  const database = { ...stats.database, reachable: false, answered_ago_ms: 40_000 };
  const figures = figuresOf(topLine(AT_MS, { ...stats, database }, undefined));
  assert.equal(figures.get("newest_age_ms"), "42000");
});
