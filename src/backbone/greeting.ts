import { withDeadline } from "../lifecycle.ts";

/** How every NATS server begins to speak. */
const GREETING = "INFO ";

/**
 * Resolves when a NATS server greets at this address.
 *
 * The official client leaves the socket of an attempt behind that a mute peer never answers (read in
 * nats-core 3.4.0 `ProtocolHandler.dial`: a transport that has not connected is not closed), one for each
 * attempt. So an address is tried with a socket of our own first, and the client meets those alone that speak.
 *
 * @param host `HOST:PORT`
 * @throws {DeadlineError} when nothing is heard in time
 * @throws {Error} when the address cannot be reached, or something else answers
 */
export async function awaitGreeting(host: string, deadlineMs: number): Promise<void> {
  const end = new AbortController();
  try {
    await withDeadline(hear(host, end.signal), deadlineMs, `reach NATS at ${host}`);
  } finally {
    end.abort();
  }
}

async function hear(host: string, signal: AbortSignal): Promise<void> {
  const colon = host.lastIndexOf(":");
  const hostname = host.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  const connection = await Deno.connect({ hostname, port: Number(host.slice(colon + 1)), signal });
  const hangUp = () => connection.close();
  signal.addEventListener("abort", hangUp, { once: true });
  if (signal.aborted) hangUp();
  const bytes = new Uint8Array(GREETING.length);
  let length = 0;
  while (length < bytes.length) {
    const read = await readSome(connection, bytes.subarray(length));
    if (read === undefined) break;
    length += read;
  }
  const heard = new TextDecoder().decode(bytes.subarray(0, length));
  if (heard === GREETING) return;
  throw new Error(
    `Cannot use ${host}: must greet as NATS does, said ${length === 0 ? "nothing" : heard}`,
  );
}

/** `undefined` at the end of the stream. */
async function readSome(connection: Deno.Conn, into: Uint8Array): Promise<number | undefined> {
  try {
    return await connection.read(into) ?? undefined;
  } catch (error) {
    // We hung up ourselves: the deadline has passed, and nobody waits for this any more.
    if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
      return undefined;
    }
    throw error;
  }
}
