import project from "./deno.json" with { type: "json" };
import type { Command } from "./src/commands/command.ts";
import { shownError } from "./src/commands/shown_error.ts";
import { withEnvFile } from "./src/env.ts";
import { ConfigError, errorText, SetupError } from "./src/errors.ts";

/** Every command and what it does, in the order in which the usage text shows them. */
const COMMANDS: Record<string, { summary: string; load: () => Promise<Command> }> = {
  demo: {
    summary: "everything at once, with its own Postgres and simulated prices",
    load: async () => (await import("./src/commands/demo.ts")).demo,
  },
  serve: {
    summary: "the price feed, the dashboard and the API",
    load: async () => (await import("./src/commands/serve.ts")).serve,
  },
  aggregator: {
    summary: "writes prices from the configured sources into Postgres",
    load: async () => (await import("./src/commands/aggregator.ts")).aggregator,
  },
  health: {
    summary: "whether the server on this machine answers: health [--ready]",
    load: async () => (await import("./src/commands/health.ts")).health,
  },
  watch: {
    summary: "live prices in the terminal: watch [URL]",
    load: async () => (await import("./src/commands/watch.ts")).watch,
  },
  top: {
    summary: "how a running server is doing: top [URL]",
    load: async () => (await import("./src/commands/top.ts")).top,
  },
  chat: {
    summary: "chat from the terminal: chat [URL]",
    load: async () => (await import("./src/commands/chat.ts")).chat,
  },
  "demo-chat": {
    summary: "a scripted chat with a server of its own, which ends by itself",
    load: async () => (await import("./src/commands/chat_demo.ts")).chatDemo,
  },
  migrate: {
    summary: "brings the database schema up to date",
    load: async () => (await import("./src/commands/migrate.ts")).migrate,
  },
  reset: {
    summary: "deletes all of Quotewire's tables and migrates again, after asking",
    load: async () => (await import("./src/commands/reset.ts")).reset,
  },
  prune: {
    summary: "deletes prices and chat messages older than RETENTION_DAYS",
    load: async () => (await import("./src/commands/prune.ts")).prune,
  },
};

const HELP = [
  "Commands:",
  ...Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`),
  "",
  "Settings come from the environment and the file .env: see docs/configuration.md.",
].join("\n");
const VERSION = `Quotewire ${project.version} (Deno ${Deno.version.deno}, V8 ${Deno.version.v8})`;

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;
const SAME_SIGNAL_MS = 1000;
/** As a shell shows it for a program that SIGINT has ended. */
const EXIT_STOPPED = 130;

async function main(): Promise<number> {
  const [word, ...args] = Deno.args;
  if (word === "--help" || word === "--version") {
    writeLine(Deno.stdout, word === "--help" ? HELP : VERSION);
    return 0;
  }
  const command = word === undefined ? undefined : COMMANDS[word];
  if (command === undefined) {
    printError(usage(word));
    return EXIT_USAGE;
  }
  const run = await command.load();
  const signal = stopSignal();
  try {
    const env = withEnvFile((name) => Deno.env.get(name), await readEnvFile());
    return await run({ args, env, signal, print: (line) => writeLine(Deno.stdout, line) });
  } catch (error) {
    // Told to stop while it still started up: nothing that the user would have to read.
    if (signal.aborted && error === signal.reason) return EXIT_STOPPED;
    if (error instanceof ConfigError || error instanceof SetupError) printError(error.message);
    else if (error instanceof Deno.errors.NotCapable) printError(capabilityText(word, error));
    else printError(error instanceof Error ? error.stack ?? errorText(error) : errorText(error));
    return error instanceof ConfigError ? EXIT_USAGE : EXIT_FAILURE;
  }
}

/** The `.env` of the working directory, if there is one. */
async function readEnvFile(): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(".env");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Aborts at the first SIGINT or SIGTERM, or when the terminal closes (SIGHUP); a later one ends the process
 * on the spot. One Ctrl-C can arrive several times, from the terminal and from `deno task`, so repetitions
 * within a second are the same.
 */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  for (const [name, number] of [["SIGHUP", 1], ["SIGINT", 2], ["SIGTERM", 15]] as const) {
    Deno.addSignalListener(name, () => {
      const nowMs = performance.now();
      if (firstAtMs !== undefined && nowMs - firstAtMs > SAME_SIGNAL_MS) Deno.exit(128 + number);
      firstAtMs ??= nowMs;
      controller.abort();
    });
  }
  return controller.signal;
}

function usage(word: string | undefined): string {
  const fault = word === undefined
    ? "Cannot start: a command must be named"
    : `Cannot run ${word}: must be a command`;
  return `${fault}\n\n${HELP}`;
}

/** Deno's own advice leads astray: its flags would take the place of the task's. */
function capabilityText(word: string | undefined, error: Error): string {
  const [need = ""] = error.message.split(", run again");
  return `Cannot run ${word}: ${need}, which is not granted. ` +
    "docs/security.md says what the tasks may do, and how to grant more.";
}

function printError(text: string): void {
  writeLine(Deno.stderr, shownError(text));
}

function writeLine(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  stream.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) Deno.exit(await main());
