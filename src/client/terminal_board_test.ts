import assert from "node:assert/strict";
import type { ClientQuote } from "./client_quote.ts";
import { healthOf } from "./health.ts";
import { QuoteFormat } from "./quote_format.ts";
import { type BoardView, TerminalBoard } from "./terminal_board.ts";
import { textWidth } from "./terminal_text.ts";

const NOW = 1_800_000_000;

function quote(symbol: string, rest: Partial<ClientQuote> = {}): ClientQuote {
  return {
    symbol,
    source: "sim",
    price: 101,
    timestamp: NOW - 2,
    timeMs: NOW * 1000,
    open: 100,
    previousPrice: 102,
    history: [],
    ...rest,
  };
}

function view(quotes: readonly ClientQuote[], rest: Partial<BoardView> = {}): BoardView {
  return {
    url: "ws://127.0.0.1:8080/ws",
    health: healthOf({ phase: "live", session: "s" }, undefined),
    roundTripMs: 3,
    quotes,
    serverNowMs: NOW * 1000,
    nowMs: NOW * 1000,
    ...rest,
  };
}

function board(colours = false): TerminalBoard {
  return new TerminalBoard({ format: new QuoteFormat("en-US"), colours });
}

Deno.test("TerminalBoard.draw() shows state, titles and a row for each price", () => {
  const lines = board().draw(view([quote("AAPL")]), { columns: 80, rows: 24 });
  assert.deepEqual(lines.map((line) => line.trimEnd()), [
    "● Live  ws://127.0.0.1:8080/ws  3 ms  1 price",
    "",
    "SYMBOL  SOURCE        PRICE        CHANGE     TODAY    AGE",
    "AAPL    sim          101.00 ▼       +1.00    +1.00%     2s",
  ]);
});

Deno.test("TerminalBoard.draw() never exceeds the terminal", () => {
  const quotes = Array.from({ length: 50 }, (_, index) => quote(`東京${index}`));
  for (const columns of [0, 1, 20, 45, 80, 200]) {
    for (const rows of [0, 1, 3, 10, 60]) {
      const lines = board().draw(view(quotes), { columns, rows });
      assert.ok(lines.length <= rows, `${lines.length} lines in ${rows} rows`);
      for (const line of lines) assert.ok(textWidth(line) <= columns, `"${line}" in ${columns}`);
    }
  }
});

Deno.test("TerminalBoard.draw() says how many prices did not fit", () => {
  const quotes = Array.from({ length: 10 }, (_, index) => quote(`S${index}`));
  const lines = board().draw(view(quotes), { columns: 80, rows: 8 });
  assert.equal(lines.length, 8);
  assert.match(lines[7] ?? "", /^… and 6 more/);
});

Deno.test("TerminalBoard.draw() lets no symbol speak to the terminal", () => {
  const lines = board().draw(view([quote("\x1b[2J\nX")]), { columns: 80, rows: 24 });
  assert.doesNotMatch(lines.join(""), /\p{Cc}/u);
});

Deno.test("TerminalBoard.draw() counts down to the next attempt and says since when prices are old", () => {
  const health = healthOf({
    phase: "reconnecting",
    attempt: 2,
    retryAtMs: NOW * 1000 + 2500,
    reason: "nothing heard for 2.5 s",
    staleSinceMs: NOW * 1000,
  }, undefined);
  const lines = board().draw(view([quote("AAPL")], { health }), { columns: 120, rows: 24 });
  assert.match(lines[0] ?? "", /^▲ Reconnecting in 3 s/);
  assert.match(lines[1] ?? "", /^Prices are as of .+\. Not connected: nothing heard for 2\.5 s\.$/);
});

Deno.test("TerminalBoard.draw() says what to do while there are no prices", () => {
  const lines = board().draw(view([]), { columns: 80, rows: 24 });
  assert.match(lines[1] ?? "", /deno task aggregator/);
});

Deno.test("TerminalBoard.draw() paints only when asked", () => {
  const size = { columns: 80, rows: 24 };
  assert.equal(board(false).draw(view([quote("A")]), size).join("").includes("\x1b"), false);
  assert.ok(board(true).draw(view([quote("A")]), size).join("").includes("\x1b[31m ▼\x1b[0m"));
});
