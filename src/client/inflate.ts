/** What a compressed frame turned out to hold. */
export type Inflated =
  | { readonly kind: "text"; readonly text: string; readonly bytes: number }
  | { readonly kind: "malformed"; readonly fault: string }
  /** More than was allowed: it was not read to its end. */
  | { readonly kind: "too_big"; readonly fault: string };

/** Raw deflate shrinks by 1032 at most, so that one slice becomes 17 MB at most before it is counted. */
const SLICE_BYTES = 16_384;

class TooBigError extends Error {}

/**
 * Decompresses raw deflate to text, as browsers, Deno and Node can. Never rejects, whatever the bytes are.
 *
 * @param bytesMax largest size of the text in UTF-8
 */
export async function inflate(
  data: Uint8Array<ArrayBuffer>,
  bytesMax: number,
): Promise<Inflated> {
  const stream = new DecompressionStream("deflate-raw");
  // Each fails when the other does; why is what the reading one knows best.
  const [read, written] = await Promise.allSettled([
    readText(stream.readable, bytesMax),
    write(stream.writable, data),
  ]);
  if (read.status === "fulfilled" && written.status === "fulfilled") return read.value;
  const failed = read.status === "rejected" ? read : written;
  const error: unknown = failed.status === "rejected" ? failed.reason : undefined;
  if (error instanceof TooBigError) return { kind: "too_big", fault: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: "malformed", fault: `must be text in raw deflate, is not: ${reason}` };
}

async function write(
  writable: WritableStream<BufferSource>,
  data: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const writer = writable.getWriter();
  for (let start = 0; start < data.length; start += SLICE_BYTES) {
    await writer.write(data.subarray(start, start + SLICE_BYTES));
  }
  await writer.close();
}

async function readText(
  readable: ReadableStream<Uint8Array>,
  bytesMax: number,
): Promise<Extract<Inflated, { kind: "text" }>> {
  const reader = readable.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { kind: "text", text: text + decoder.decode(), bytes };
    bytes += value.length;
    if (bytes > bytesMax) {
      const fault = `must decompress to at most ${bytesMax} bytes, is larger`;
      await reader.cancel(fault);
      throw new TooBigError(fault);
    }
    text += decoder.decode(value, { stream: true });
  }
}
