/** What a server says to a handshake that it refuses. */
export interface HandshakeAnswer {
  readonly status: number;
  readonly body: string;
}

/** Asks for an upgrade by hand, because `fetch` may not send these headers. Reads the answer to its end. */
export async function handshake(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<HandshakeAnswer> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const all = {
    host: `127.0.0.1:${port}`,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const request = [`GET ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
  await connection.write(new TextEncoder().encode(request));
  const buffer = new Uint8Array(8192);
  const read = await connection.read(buffer) ?? 0;
  const answer = new TextDecoder().decode(buffer.subarray(0, read));
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), body };
}
