const LINE_CHARACTERS_MAX = 1_000_000;

/**
 * The lines of an input in UTF-8, without their ends; the last one need not have one.
 *
 * @throws {Error} when a line is longer than a million characters
 * @throws the signal's reason when it aborts
 */
export async function* inputLines(
  input: ReadableStream<BufferSource>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of input.pipeThrough(new TextDecoderStream(), { signal })) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield line.replace(/\r$/, "");
    if (rest.length > LINE_CHARACTERS_MAX) {
      throw new Error(
        `Cannot read a line: must have at most ${LINE_CHARACTERS_MAX} characters, has more`,
      );
    }
  }
  if (rest !== "") yield rest;
}
