import assert from "node:assert/strict";
import { ClientFixture } from "../../tests/support/client_fixture.ts";
import { wireQuote } from "../../tests/support/protocol_server.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { QuoteFormat } from "./quote_format.ts";
import { TerminalBoard } from "./terminal_board.ts";
import { TerminalScreen } from "./terminal_screen.ts";
import { watchOnTerminal } from "./terminal_watch.ts";

Deno.test("watchOnTerminal() draws what changes and the new size of the window, until aborted", async () => {
  await using fixture = new ClientFixture();
  const decoder = new TextDecoder();
  const frames: string[] = [];
  using screen = new TerminalScreen({
    writeSync: (bytes) => frames.push(decoder.decode(bytes)) && bytes.length,
  });
  const board = new TerminalBoard({ format: new QuoteFormat("en-US"), colours: false });
  const size = { columns: 80, rows: 24 };
  const end = new AbortController();
  const over = watchOnTerminal(
    fixture.client,
    { screen, board, size: () => ({ ...size }) },
    end.signal,
  );
  const last = () => frames.at(-1) ?? "";

  const session = await fixture.server.next();
  await session.welcome(5, [wireQuote("B", 10, 100), wireQuote("A", 20, 100)]);
  await waitFor("both prices in order", () => /A +test +20\.00[\s\S]+B +test +10\.00/.test(last()));
  session.update(6, [wireQuote("B", 11, 101)]);
  await waitFor("the change", () => /B +test +11\.00 ▲/.test(last()));
  size.rows = 3;
  await waitFor("the smaller board", () => !last().includes("B  "));
  const feed = { status: "down", mode: "poll", age_ms: 0 } as const;
  session.send({ type: "heartbeat", seq: 6, server_time: Date.now(), feed });
  await waitFor("the feed's state", () => last().includes("▲ Feed down"));
  end.abort();
  await over;
  assert.equal(fixture.client.state.phase, "live");
});
