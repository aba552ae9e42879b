/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import fc from "fast-check";
import { csvText, readWatchlistCsv, watchlistCsv } from "./watchlist_csv.ts";

Deno.test("watchlistCsv() is read back as it was, whatever symbols and names hold", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .filter((value) => [...value].length <= 32 && !value.includes("\0"));
  const lists = fc.uniqueArray(
    fc.record({ name: text, symbols: fc.uniqueArray(text, { maxLength: 5 }) }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 5 },
  );
  fc.assert(fc.property(lists, (lists) => {
    const file = readWatchlistCsv(watchlistCsv(lists), "file");
    const before = lists.map(({ name, symbols }) => [name, symbols]);
    assert.deepEqual([...file.lists], before);
    assert.equal(file.linesLeftOut, 0);
  }));
});

Deno.test("watchlistCsv() writes nothing that a spreadsheet would run", () => {
  const csv = watchlistCsv([{ name: "@list", symbols: ["=1+1", "-2", "+3", "'=4"] }]);
  for (const cell of csv.trim().split(/[,\r\n]+/)) assert.doesNotMatch(cell, /^"?[=+\-@]/);
});

Deno.test("readWatchlistCsv() reads other programs' files: by their heading, or the first column", () => {
  const theirs = readWatchlistCsv("List,Ticker,Last\r\nTech,AAPL,1\r\nTech,MSFT,2\r\n", "file");
  assert.deepEqual([...theirs.lists], [["Tech", ["AAPL", "MSFT"]]]);
  const plain = readWatchlistCsv("\ufeffAAPL\nMSFT;X\n\n", "My list");
  assert.deepEqual([...plain.lists], [["My list", ["AAPL", "MSFT;X"]]]);
});

Deno.test("readWatchlistCsv() counts the lines that hold no symbol", () => {
  const file = readWatchlistCsv(`symbol\n${"x".repeat(33)}\nAAPL\n`, "file");
  assert.deepEqual([...file.lists], [["file", ["AAPL"]]]);
  assert.equal(file.linesLeftOut, 1);
});

Deno.test("readWatchlistCsv() makes one list of a file that names the companies", () => {
  // A column "Name" was taken for the lists' names: one list for each company.
  const file = readWatchlistCsv(
    '"Symbol","Name"\r\n"AAPL","Apple, Inc."\r\n"MSFT","M"\r\n',
    "mine",
  );
  assert.deepEqual([...file.lists], [["mine", ["AAPL", "MSFT"]]]);
});

Deno.test("readWatchlistCsv() reads what spreadsheets and people write around the symbols", () => {
  const wanted = [["Mine", ["AAPL", "MSFT"]]];
  for (
    const csv of [
      "watchlist;symbol\r\nMine;AAPL\r\nMine;MSFT\r\n",
      "sep=;\r\nwatchlist;symbol\r\nMine;AAPL\r\nMine;MSFT\r\n",
      "\ufeffList\tSymbol\tLast\nMine\tAAPL\t1,5\nMine\tMSFT\t2,5",
      "watchlist, symbol\rMine, AAPL\rMine , MSFT \r",
      '"watchlist","symbol"\n"Mine","AAPL"\n\n"Mine","MSFT"\n',
    ]
  ) assert.deepEqual([...readWatchlistCsv(csv, "file").lists], wanted, JSON.stringify(csv));
  const line = readWatchlistCsv("NASDAQ:AAPL,NYSE:X\n", "file");
  assert.deepEqual([...line.lists], [["file", ["NASDAQ:AAPL", "NYSE:X"]]]);
});

Deno.test("readWatchlistCsv() refuses what it cannot read, instead of guessing", () => {
  // The rest of the file was taken for one name.
  assert.throws(
    () => readWatchlistCsv('watchlist,symbol\n"Mine,AAPL\nMine,MSFT\n', "file"),
    /every quote must be closed, one is not in line 2/,
  );
  assert.throws(() => readWatchlistCsv("\x89PNG\r\n\x1a\n\0\0", "file"), /it must be text/);
});

Deno.test("csvText() reads UTF-8, marked UTF-16 and what Windows wrote before", () => {
  const text = "symbol\nÄÖ";
  const units = Uint16Array.from(`\ufeff${text}`, (character) => character.charCodeAt(0));
  for (
    const bytes of [
      new TextEncoder().encode(text),
      new Uint8Array(units.buffer),
      Uint8Array.from(text, (character) => character.charCodeAt(0)),
    ]
  ) assert.equal(csvText(bytes), text);
});
