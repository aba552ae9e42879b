import { once } from "node:events";
import { FeedClient } from "../client/feed_client.ts";
import { healthOf, type HeardFeed } from "../client/health.ts";
import { printChanges } from "../client/line_watch.ts";
import { QuoteFormat } from "../client/quote_format.ts";
import { TerminalBoard } from "../client/terminal_board.ts";
import { TerminalScreen } from "../client/terminal_screen.ts";
import { terminalSize } from "../client/terminal_size.ts";
import { watchOnTerminal } from "../client/terminal_watch.ts";
import { quotedText } from "../client/terminal_text.ts";
import { tokenAdvice } from "../client/token_advice.ts";
import { SetupError } from "../errors.ts";
import { configureLog, logger } from "../log.ts";
import { readClientToken } from "./client_token.ts";
import type { CommandContext } from "./command.ts";
import { readWatchOptions, WATCH_USAGE } from "./watch_options.ts";

const log = logger("client");

/** Shows live prices until told to stop: a table on a terminal, otherwise one line per change. */
export async function watch(context: CommandContext): Promise<number> {
  const options = readWatchOptions(context.args);
  if (options.kind === "help") {
    context.print(WATCH_USAGE);
    return 0;
  }
  const client = new FeedClient({ ...options, token: readClientToken(context.env) });
  const failure = new AbortController();
  stopOnFailure(client, failure);
  const signal = AbortSignal.any([context.signal, failure.signal]);
  try {
    if (Deno.stdout.isTerminal()) await showBoard(client, context, signal);
    else await printLines(client, context, signal);
  } finally {
    await client.stop();
  }
  const { reason } = failure.signal;
  // The reader of the pipe has seen enough, as in `watch | head`.
  if (!failure.signal.aborted || reason instanceof Deno.errors.BrokenPipe) return 0;
  throw reason;
}

async function showBoard(
  client: FeedClient,
  context: CommandContext,
  signal: AbortSignal,
): Promise<void> {
  using screen = new TerminalScreen(Deno.stdout);
  const board = new TerminalBoard({
    format: new QuoteFormat(),
    colours: context.env("NO_COLOR") === undefined,
  });
  client.start();
  await watchOnTerminal(client, { screen, board, size: terminalSize }, signal);
}

async function printLines(
  client: FeedClient,
  context: CommandContext,
  signal: AbortSignal,
): Promise<void> {
  await configureLog({ level: "info", format: "text" });
  logHealth(client);
  printChanges(client, (line) => context.print(line));
  client.start();
  if (!signal.aborted) await once(signal, "abort");
}

/** Logs how far the prices can be trusted, whenever that changes. */
function logHealth(client: FeedClient): void {
  let heard: HeardFeed | undefined;
  let last = "";
  const look = () => {
    const { label, detail } = healthOf(client.state, heard);
    const message = detail === "" ? label : `${label}. ${quotedText(detail)}`;
    if (message === last) return;
    last = message;
    log.info("{message}", { code: "client_health", message, url: client.url });
  };
  client.on("state", ({ phase }) => {
    // What the feed was like says nothing about the connection that follows.
    if (phase !== "live") heard = undefined;
    look();
  });
  client.on("heartbeat", ({ feed }) => {
    heard = { feed, atMs: Date.now() };
    look();
  });
}

/** Aborts when the server sends the client away for good, or when what is shown cannot be written. */
function stopOnFailure(client: FeedClient, failure: AbortController): void {
  client.on("state", (state) => {
    if (state.phase !== "stopped" || state.reason.kind === "asked") return;
    const { detail } = healthOf(state, undefined);
    const advice = tokenAdvice(state.reason);
    failure.abort(new SetupError(`Cannot watch ${client.url}: ${quotedText(detail)}${advice}`));
  });
  client.on("error", (fault) => {
    if (fault.kind === "listener") return failure.abort(fault.cause);
    const { kind } = fault;
    log.warn("{message}", { code: "client_fault", kind, message: quotedText(fault.message) });
  });
}
