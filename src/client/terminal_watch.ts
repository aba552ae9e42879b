import { sleep } from "../lifecycle.ts";
import { compareQuotes } from "./client_quote.ts";
import type { FeedClient } from "./feed_client.ts";
import { healthOf, type HeardFeed } from "./health.ts";
import type { BoardSize, TerminalBoard } from "./terminal_board.ts";
import type { TerminalScreen } from "./terminal_screen.ts";

/** What a live board is shown on. */
export interface WatchTerminal {
  readonly screen: TerminalScreen;
  readonly board: TerminalBoard;
  /** Asked before each drawing, because windows change. */
  size(): BoardSize;
}

const REDRAW_INTERVAL_MS = 100;

/** Keeps a board of the client's prices on the terminal, redrawn at most 10 times a second, until aborted. */
export async function watchOnTerminal(
  client: FeedClient,
  terminal: WatchTerminal,
  signal: AbortSignal,
): Promise<void> {
  let heard: HeardFeed | undefined;
  let last: BoardSize = { columns: 0, rows: 0 };
  const remove = client.on("heartbeat", ({ feed }) => heard = { feed, atMs: Date.now() });
  try {
    while (!signal.aborted) {
      const size = terminal.size();
      if (size.columns !== last.columns || size.rows !== last.rows) terminal.screen.invalidate();
      last = size;
      const view = {
        url: client.url,
        health: healthOf(client.state, heard),
        roundTripMs: client.roundTripMs,
        quotes: [...client.quotes()].sort(compareQuotes),
        serverNowMs: client.serverNowMs(),
        nowMs: Date.now(),
      };
      terminal.screen.show(terminal.board.draw(view, size));
      await sleep(REDRAW_INTERVAL_MS, signal);
    }
  } finally {
    remove();
  }
}
