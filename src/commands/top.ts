import { askServerStats } from "../client/server_stats.ts";
import { NOTHING_KNOWN, type ServerView, watchStats } from "../client/stats_watch.ts";
import type { BoardSize } from "../client/terminal_board.ts";
import { TerminalScreen } from "../client/terminal_screen.ts";
import { terminalSize } from "../client/terminal_size.ts";
import { TopBoard } from "../client/top_board.ts";
import { topLine } from "../client/top_line.ts";
import { SetupError } from "../errors.ts";
import { sleep } from "../lifecycle.ts";
import { configureLog, logger } from "../log.ts";
import { readClientToken } from "./client_token.ts";
import type { CommandContext } from "./command.ts";
import { readTopOptions, TOP_USAGE, type TopOptions } from "./top_options.ts";

const ANSWER_DEADLINE_MS = 5000;
const REDRAW_INTERVAL_MS = 200;
/** Behind a proxy it may take some until a server answers for the second time. */
const ONCE_LOOKS_MAX = 10;
/** Where there is no terminal to ask for its size. */
const PAGE: BoardSize = { columns: 120, rows: 200 };

/** The end that was wanted. */
const DONE = Symbol("done");

const log = logger("client");

type Watched = Extract<TopOptions, { kind: "top" }>;
type ShowView = (view: ServerView) => void;
type PrintLine = (line: string) => void;

/** Shows how a server is doing until told to stop: a board on a terminal, otherwise one line per look. */
export async function top(context: CommandContext): Promise<number> {
  const options = readTopOptions(context.args);
  if (options.kind === "help") {
    context.print(TOP_USAGE);
    return 0;
  }
  const token = readClientToken(context.env);
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const ask = () =>
    askServerStats({ url: options.url, token, deadlineMs: ANSWER_DEADLINE_MS, signal });
  const watch = (onView: ShowView) =>
    watchStats({ intervalMs: options.intervalMs, ask, onView }, signal);
  const print = patientPrinter(context, over);
  let refusal: string | undefined;
  if (options.once) refusal = await watch(showOnce(options, print, over));
  else if (Deno.stdout.isTerminal()) refusal = await showBoard(options, context, watch, over);
  else refusal = await watch(await printLines(options, print));
  if (refusal !== undefined) {
    const advice = token === undefined ? "a token" : "another token: it does not take this one";
    throw new SetupError(
      `Cannot watch ${options.url.origin}: ${refusal}. Set QUOTEWIRE_TOKEN to ${advice}.`,
    );
  }
  if (over.signal.aborted && over.signal.reason !== DONE) throw over.signal.reason;
  return 0;
}

/** Prints until the reader of the pipe has seen enough, as in `top | head`, which ends it. */
function patientPrinter({ print }: CommandContext, over: AbortController) {
  return (line: string) => {
    try {
      if (!over.signal.aborted) print(line);
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      over.abort(DONE);
    }
  };
}

/** Prints the board when there are rates to show, or there are none for long. A server that is away ends it. */
function showOnce({ url }: Watched, print: PrintLine, over: AbortController): ShowView {
  const board = new TopBoard({ colours: false });
  let looks = 0;
  return (view) => {
    looks += 1;
    if (view.away !== undefined) {
      over.abort(new SetupError(`Cannot watch ${url.origin}: ${view.away.reason}`));
    } else if (view.rates !== undefined || looks >= ONCE_LOOKS_MAX) {
      const shown = { ...view, url: url.origin, nowMs: Date.now() };
      for (const line of board.draw(shown, PAGE)) print(line);
      over.abort(DONE);
    }
  };
}

async function showBoard(
  { url }: Watched,
  { env, signal }: CommandContext,
  watch: (onView: ShowView) => Promise<string | undefined>,
  over: AbortController,
): Promise<string | undefined> {
  using screen = new TerminalScreen(Deno.stdout);
  const board = new TopBoard({ colours: env("NO_COLOR") === undefined });
  let view = NOTHING_KNOWN;
  let last: BoardSize = { columns: 0, rows: 0 };
  const draw = () => {
    const size = terminalSize();
    if (size.columns !== last.columns || size.rows !== last.rows) screen.invalidate();
    last = size;
    screen.show(board.draw({ ...view, url: url.origin, nowMs: Date.now() }, size));
  };
  const drawing = keepDrawing(draw, AbortSignal.any([signal, over.signal]))
    .catch((error: unknown) => over.abort(error));
  const refusal = await watch((newest) => view = newest);
  if (!over.signal.aborted) over.abort(DONE);
  await drawing;
  return refusal;
}

async function keepDrawing(draw: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    draw();
    await sleep(REDRAW_INTERVAL_MS, signal);
  }
}

async function printLines({ url }: Watched, print: PrintLine): Promise<ShowView> {
  await configureLog({ level: "info", format: "text" });
  let isAway = false;
  return ({ away, stats, heardAtMs, rates }) => {
    if (away !== undefined && !isAway) {
      log.warn("Cannot ask {url}: {reason}. Trying again", {
        code: "client_server_away",
        url: url.origin,
        reason: away.reason,
      });
    }
    if (away === undefined && isAway) {
      log.info("{url} answers", { code: "client_server_back", url: url.origin });
    }
    isAway = away !== undefined;
    if (away === undefined && stats !== undefined) print(topLine(heardAtMs, stats, rates));
  };
}
