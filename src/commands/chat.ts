import { ChatClient } from "../client/chat_client.ts";
import { ChatFormat } from "../client/chat_format.ts";
import { ChatProgram, type ChatProgramOptions } from "../client/chat_program.ts";
import { ChatTerminal } from "../client/chat_terminal.ts";
import { inputLines } from "../client/input_lines.ts";
import { runPipedChat } from "../client/piped_chat.ts";
import { PipedChatView } from "../client/piped_chat_view.ts";
import { PromptScreen } from "../client/prompt_screen.ts";
import { RawTerminal } from "../client/raw_terminal.ts";
import { TerminalChatView } from "../client/terminal_chat_view.ts";
import { terminalSize } from "../client/terminal_size.ts";
import { SetupError } from "../errors.ts";
import { configureLog, logger } from "../log.ts";
import { HISTORY_DEFAULT } from "../session/chat_protocol.ts";
import { CHAT_USAGE, readChatOptions } from "./chat_options.ts";
import { readClientToken } from "./client_token.ts";
import type { CommandContext } from "./command.ts";

const log = logger("client");

/** What is still on its way when the user leaves gets that long to arrive. */
const LEAVE_DEADLINE_MS = 3000;

interface Chat {
  readonly client: ChatClient;
  readonly options: Omit<ChatProgramOptions, "history">;
  readonly history: number | undefined;
  readonly context: CommandContext;
  readonly signal: AbortSignal;
}

/** Chats until the user leaves: interactively on a terminal, otherwise with the lines of a pipe. */
export async function chat(context: CommandContext): Promise<number> {
  const asked = readChatOptions(context.args);
  if (asked.kind === "help") {
    context.print(CHAT_USAGE);
    return 0;
  }
  const failure = new AbortController();
  const { room, username, history } = asked;
  const run: Chat = {
    client: new ChatClient({ url: asked.url, token: readClientToken(context.env) }),
    options: {
      room,
      ...(username === undefined ? {} : { username }),
      onFailure: (reason) => failure.abort(reason),
    },
    history,
    context,
    signal: AbortSignal.any([context.signal, failure.signal]),
  };
  let code = 0;
  try {
    code = Deno.stdin.isTerminal() && Deno.stdout.isTerminal()
      ? await chatOnTerminal(run)
      : await chatInPipe(run);
  } finally {
    await run.client.stop();
  }
  const { reason } = failure.signal;
  // The reader of the pipe has seen enough, as in `chat | head`.
  if (!failure.signal.aborted || reason instanceof Deno.errors.BrokenPipe) return code;
  throw reason;
}

async function chatOnTerminal({ client, options, history, context, signal }: Chat) {
  const colours = context.env("NO_COLOR") === undefined;
  using raw = new RawTerminal(Deno.stdin);
  using screen = new PromptScreen({ output: Deno.stdout, columns: () => terminalSize().columns }, {
    colours,
  });
  raw.onResize(() => screen.resize());
  // A second Ctrl-C from outside ends the process on the spot.
  globalThis.addEventListener("unload", () => screen[Symbol.dispose]());
  const view = new TerminalChatView(screen, new ChatFormat({ colours }));
  view.note(`Connecting to ${client.url}. /help shows the commands, Ctrl-C leaves`);
  using program = new ChatProgram(client, view, {
    ...options,
    history: history ?? HISTORY_DEFAULT,
  });
  client.start();
  await new ChatTerminal(program, view, screen).run(raw, signal);
  const late = AbortSignal.any([signal, AbortSignal.timeout(LEAVE_DEADLINE_MS)]);
  if (await program.until(() => program.unsettled === 0, late) || signal.aborted) return 0;
  throw new SetupError(
    `Cannot send everything: no message may be unacknowledged, ${program.unsettled} stayed so`,
  );
}

async function chatInPipe({ client, options, history, context, signal }: Chat) {
  await configureLog({ level: "info", format: "text" });
  const view = new PipedChatView({
    print: (line) => context.print(line),
    report: (level, message) => log[level]("{message}", { code: "client_chat_notice", message }),
  });
  using program = new ChatProgram(client, view, { ...options, history: history ?? 0 });
  client.start();
  await runPipedChat(program, inputLines(Deno.stdin.readable, signal), signal);
  return program.failures > 0 ? 1 : 0;
}
