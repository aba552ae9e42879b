/**
 * The body of an answer as text.
 *
 * @throws {Error} when the body is longer than `bytesMax`; the rest of it is not read then
 * @throws the network's error when the connection breaks, or the request's signal aborts
 */
export async function readResponseText(response: Response, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw new Error(`must answer in ${bytesMax} bytes, sends more`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
