import type { EnvLookup } from "../env.ts";

/** What a command is given. Only one that draws on a terminal or asks a question touches it by itself. */
export interface CommandContext {
  /** Arguments after the command's name. */
  readonly args: readonly string[];
  readonly env: EnvLookup;
  /** Aborts on SIGINT, SIGTERM and SIGHUP. A command that runs until told to stop MUST then return, cleaned up. */
  readonly signal: AbortSignal;
  /** Writes one line to standard output; log lines go to standard error. */
  print(line: string): void;
}

/**
 * One word of `main.ts WORD`. Resolves with the process's exit code.
 * A `ConfigError` or `SetupError` that it throws is shown to the user without a stack trace.
 */
export type Command = (context: CommandContext) => Promise<number>;
