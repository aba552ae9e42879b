/** What a compressed frame turned out to hold. */
export type Inflated =
  | { readonly kind: "text"; readonly text: string; readonly bytes: number }
  | { readonly kind: "malformed"; readonly fault: string }
  /** Nothing that comes after it can be relied on. */
  | { readonly kind: "fatal"; readonly fault: string };

/** Raw deflate shrinks by 1032 at most, so that one slice becomes 17 MB at most before it is counted. */
const SLICE_BYTES = 16_384;

/** More came out than was allowed: it was not read to its end. */
export class TooBigError extends Error {
  constructor(bytesMax: number) {
    super(`must decompress to at most ${bytesMax} bytes, is larger`);
  }
}

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
  if (error instanceof TooBigError) return { kind: "fatal", fault: error.message };
  return { kind: "malformed", fault: deflateFault(error) };
}

/** What to say of bytes that cannot be decompressed, or not to text. */
export function deflateFault(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `must be text in raw deflate, is not: ${reason}`;
}

/** Feeds bytes to a decompressor, in parts that cannot become too large at once. */
export async function writeSlices(
  writer: WritableStreamDefaultWriter<BufferSource>,
  data: Uint8Array<ArrayBuffer>,
): Promise<void> {
  for (let start = 0; start < data.length; start += SLICE_BYTES) {
    await writer.write(data.subarray(start, start + SLICE_BYTES));
  }
}

async function write(
  writable: WritableStream<BufferSource>,
  data: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const writer = writable.getWriter();
  await writeSlices(writer, data);
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
      const tooBig = new TooBigError(bytesMax);
      await reader.cancel(tooBig);
      throw tooBig;
    }
    text += decoder.decode(value, { stream: true });
  }
}
