/** A fault in what the operator supplied (environment, arguments): shown without a stack trace, exit code 2. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  /** @param faults one complete sentence per fault; all are shown at once */
  constructor(readonly faults: readonly string[]) {
    super(faults.join("\n"));
  }
}

/** The machine is not in the state a command needs (port taken, folder in use): shown without a stack trace, exit code 1. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}

/** A wait that passed its deadline. Caught where a hung database connection must be told from a refused one. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor(action: string, readonly deadlineMs: number) {
    super(`Cannot ${action}: must end within ${deadlineMs} ms, is still running`);
  }
}

/** The text of whatever was thrown, for a log line: an `Error`'s message, or the value itself. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError) {
    return [error.message, ...error.errors.map(errorText)].filter(Boolean).join("; ");
  }
  return error instanceof Error ? error.message : String(error);
}

const FAULT_TEXT_MAX = 500;
const FAULT_STACK_MAX = 4000;

/** What a log line says of an exception of ours: text and stack, cut, since strangers may be its cause. */
export function faultEntries(error: unknown): { reason: string; stack: string | undefined } {
  return {
    reason: errorText(error).slice(0, FAULT_TEXT_MAX),
    stack: error instanceof Error ? error.stack?.slice(0, FAULT_STACK_MAX) : undefined,
  };
}
