import { Buffer } from "node:buffer";
import { withDeadline } from "../../src/lifecycle.ts";
import { Chance } from "./chance.ts";
import { type Expectation, FrameReader } from "./frame_reader.ts";
import { join, randomFrames } from "./random_frame.ts";
import type { MESSAGES } from "./random_message.ts";

/** Where a session of the fuzzer connects to. */
interface Endpoint extends Expectation {
  readonly path: string;
  readonly protocol: string | undefined;
  readonly kind: keyof typeof MESSAGES;
}

/** Everything that a session does, in the order in which it does it. */
export interface Script {
  readonly endpoint: Endpoint;
  /** Written one after the other. */
  readonly writes: readonly Uint8Array<ArrayBuffer>[];
  /** How the client goes: at once, after it has ended its own half, or not before the server does. */
  readonly end: "cut" | "half_close" | "wait";
  /** Whether it reads what the server says. */
  readonly isReading: boolean;
}

const ENDPOINTS: readonly Endpoint[] = [
  { path: "/ws", protocol: "quotewire.v1.json", kind: "price", content: "json" },
  { path: "/ws", protocol: "quotewire.v1.deflate", kind: "price", content: "deflate" },
  { path: "/", protocol: undefined, kind: "plain", content: "json" },
  { path: "/echo", protocol: undefined, kind: "plain", content: "any" },
  {
    path: "/events?topics=random,prices,stats",
    protocol: undefined,
    kind: "plain",
    content: "any",
  },
  { path: "/chat/fuzz", protocol: "quotewire.chat.v1", kind: "chat", content: "json" },
  { path: "/chat/fuzz", protocol: undefined, kind: "plain", content: "any" },
];
const WRITES_MAX = 25;
const WRITE_DEADLINE_MS = 2000;
/** After the last write: what a server has to say to nonsense it says at once. */
const LISTEN_MS = 150;

/** The script that a seed stands for. */
export function scriptOf(seed: number): Script {
  const chance = new Chance(seed);
  const endpoint = chance.pick(ENDPOINTS);
  const count = 1 + chance.below(WRITES_MAX);
  const writes = Array.from({ length: count }, () => randomFrames(chance, endpoint.kind))
    .flatMap((bytes) => {
      if (!chance.percent(20)) return [bytes];
      const at = chance.below(bytes.length + 1);
      return [bytes.slice(0, at), bytes.slice(at)];
    });
  return {
    endpoint,
    writes,
    end: chance.pick(["cut", "half_close", "wait"]),
    isReading: chance.percent(85),
  };
}

/**
 * Plays a script to a server, and returns what was wrong with the server's answers. A server that hangs
 * up in the middle is right: most scripts deserve it.
 */
export async function playSession(port: number, script: Script): Promise<readonly string[]> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(handshake(port, script.endpoint));
  const reader = new FrameReader(script.endpoint);
  const reading = script.isReading ? read(connection, reader) : Promise.resolve();
  try {
    for (const bytes of script.writes) {
      // A server that does not read fast enough is not at fault; the fuzzer does not wait for it.
      await withDeadline(writeAll(connection, bytes), WRITE_DEADLINE_MS, "write");
    }
    if (script.end === "half_close") await connection.closeWrite();
  } catch (error) {
    if (!isHangUp(error)) throw error;
  }
  if (script.end !== "cut") await Promise.race([reading, pause(LISTEN_MS)]);
  return reader.faults;
}

function handshake(port: number, { path, protocol }: Endpoint): Uint8Array<ArrayBuffer> {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
}

async function read(connection: Deno.TcpConn, reader: FrameReader): Promise<void> {
  const buffer = new Uint8Array(65_536);
  let head: Uint8Array<ArrayBuffer> | undefined = new Uint8Array();
  try {
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) return;
      let bytes = buffer.slice(0, count);
      if (head !== undefined) {
        head = join(head, bytes);
        const end = Buffer.from(head).indexOf("\r\n\r\n");
        if (end < 0) continue;
        bytes = head.slice(end + 4);
        head = undefined;
      }
      reader.push(bytes);
    }
  } catch (error) {
    if (!isHangUp(error)) throw error;
  }
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await connection.write(bytes.subarray(written));
  }
}

/** The server's doing, or our own `close` while a read or write was under way. */
function isHangUp(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted ||
    (error instanceof Error && error.name === "DeadlineError");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
