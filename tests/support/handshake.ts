import { parseAnswer, type RawAnswer } from "./raw_request.ts";

/** A handshake that every path accepts, before a test changes it. */
export interface HandshakeOptions {
  /** @default {"GET"} */
  readonly method?: string;
  /** Added or replaced; `null` leaves one out. */
  readonly headers?: Record<string, string | null>;
}

/** Asks for an upgrade by hand, because `fetch` may not send these headers, and hangs up. */
export async function handshake(
  port: number,
  path: string,
  options: HandshakeOptions = {},
): Promise<RawAnswer> {
  using connection = await openHandshake(port, path, options);
  return await readAnswer(connection);
}

/** Sends the request and leaves the answer and what may follow to the caller. */
export async function openHandshake(
  port: number,
  path: string,
  { method = "GET", headers = {} }: HandshakeOptions = {},
): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const all = {
    host: `127.0.0.1:${port}`,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
  };
  const lines = Object.entries(all)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}`);
  const request = [`${method} ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
  await connection.write(new TextEncoder().encode(request));
  return connection;
}

/** Reads an answer that fits into one packet; of an accepted handshake, the first frames may be its body. */
export async function readAnswer(connection: Deno.TcpConn): Promise<RawAnswer> {
  const buffer = new Uint8Array(8192);
  const read = await connection.read(buffer) ?? 0;
  return parseAnswer(new TextDecoder().decode(buffer.subarray(0, read)));
}
