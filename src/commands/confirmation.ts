/** What a question goes to; `Deno.stdin` in production. */
export interface AnswerInput {
  readonly readable: ReadableStream<Uint8Array>;
}

const ANSWER_BYTES_MAX = 1024;

/**
 * Reads one line and tells whether it is the word `yes`. The end of the input and an abort count as no.
 * Unlike `prompt()`, it leaves the process able to react to signals meanwhile.
 */
export async function readYes(input: AnswerInput, signal: AbortSignal): Promise<boolean> {
  const reader = input.readable.getReader();
  const stop = () => void reader.cancel();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const decoder = new TextDecoder();
  let text = "";
  try {
    while (!text.includes("\n") && text.length < ANSWER_BYTES_MAX) {
      const { value, done } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
    return text.split("\n")[0]?.trim() === "yes";
  } finally {
    signal.removeEventListener("abort", stop);
    reader.releaseLock();
  }
}
