/** What a server says to a request. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/**
 * Sends a request line as it stands, which `fetch` would tidy up first. Reads the answer to its end.
 *
 * @param headers further header lines, with CRLF between them
 */
export async function rawRequest(
  port: number,
  line: string,
  headers?: string,
): Promise<RawAnswer> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = [line, `host: 127.0.0.1:${port}`, ...(headers === undefined ? [] : [headers])];
  // A handshake names its own connection header.
  if (!headers?.startsWith("connection:")) lines.push("connection: close");
  await connection.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
  return parseAnswer(await readAnswer(connection));
}

/** Takes an answer apart, as it came over the wire. */
export function parseAnswer(answer: string): RawAnswer {
  const [head = "", ...body] = answer.split("\r\n\r\n");
  const [first = "", ...fields] = head.split("\r\n");
  return {
    status: Number(first.split(" ")[1]),
    headers: new Headers(fields.map((field): [string, string] => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon), field.slice(colon + 1).trim()];
    })),
    body: body.join("\r\n\r\n"),
  };
}

/** Until the connection ends, or the announced body is there. */
async function readAnswer(connection: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let answer = "";
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return answer;
    answer += new TextDecoder("latin1").decode(buffer.subarray(0, count));
    const [head, body] = answer.split("\r\n\r\n");
    const length = head?.match(/^content-length: *(\d+)/im)?.[1];
    if (body !== undefined && length !== undefined && body.length >= Number(length)) return answer;
  }
}
