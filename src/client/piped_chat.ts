import { SetupError } from "../errors.ts";
import { ACK_DEADLINE_MS } from "./chat_dialogue.ts";
import type { ChatProgram } from "./chat_program.ts";

/** Fewer than may wait at once, so that a fast pipe fills no queue. */
const UNSETTLED_MAX = 20;
/** What was not acknowledged gets a second chance. */
const DEADLINE_MS = 2 * ACK_DEADLINE_MS;

/**
 * Sends each line of an input as if it had been typed, and returns when the input has ended and
 * everything was acknowledged or refused; or without a word when the signal aborts.
 *
 * @throws {SetupError} when the server does not let the user in, or does not acknowledge, within 60 s
 */
export async function runPipedChat(
  program: ChatProgram,
  lines: AsyncIterable<string>,
  signal: AbortSignal,
): Promise<void> {
  await meet(program, () => program.state.phase !== "joining", "enter the room", signal);
  if (program.state.phase === "refused" || signal.aborted) return;
  try {
    for await (const line of lines) {
      await program.until(() => program.unsettled < UNSETTLED_MAX, signal);
      if (signal.aborted || await program.run(line) === "leave") break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return;
  }
  await meet(program, () => program.unsettled === 0, "send everything", signal);
}

async function meet(
  program: ChatProgram,
  condition: () => boolean,
  action: string,
  signal: AbortSignal,
): Promise<void> {
  const late = AbortSignal.timeout(DEADLINE_MS);
  const isMet = await program.until(condition, AbortSignal.any([signal, late]));
  if (isMet || signal.aborted) return;
  throw new SetupError(`Cannot ${action}: must be done within ${DEADLINE_MS / 1000} s, is not`);
}
