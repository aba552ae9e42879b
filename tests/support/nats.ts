import { Buffer } from "node:buffer";
import { freePort } from "./free_port.ts";
import { findOnPath, isFile } from "./apt.ts";
import { signalChild } from "./signal_child.ts";
import { unpackedPrograms } from "./unpacked_package.ts";
import { waitFor } from "./wait_for.ts";

/** A real NATS server of one test's own, which it may stop, kill and start again on the same port. */
export interface TestNats extends AsyncDisposable {
  /** The value for `BACKBONE`, without a login; the same after every restart. */
  readonly url: string;
  readonly port: number;
  /** Ends it as an operator would. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Stops it where it is: connections stay open, and nothing moves. */
  freeze(): void;
  /** Goes on after `freeze`. */
  thaw(): void;
  /** Starts it again after `stop` or `kill`. */
  restart(): Promise<void>;
}

const START_DEADLINE_MS = 20_000;

let found: Promise<string> | undefined;

/**
 * Starts a NATS server on a free port of 127.0.0.1.
 *
 * @param args further command line flags: `["--user", "ada", "--pass", "secret"]`
 */
export async function testNats(args: readonly string[] = []): Promise<TestNats> {
  const program = await (found ??= findServer());
  const port = freePort();
  let child = await start(program, port, args);
  const end = async (signal: Deno.Signal) => {
    signalChild(child, signal);
    await child.status;
  };
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    freeze: () => child.kill("SIGSTOP"),
    thaw: () => child.kill("SIGCONT"),
    async restart() {
      await end("SIGKILL");
      child = await start(program, port, args);
    },
    [Symbol.asyncDispose]: () => end("SIGKILL"),
  };
}

/** @throws {Error} that says what to install when there is none and it cannot be fetched */
async function findServer(): Promise<string> {
  const installed = await findOnPath(["nats-server"]);
  if (installed !== undefined) return installed;
  // Debian keeps servers where only root's PATH leads.
  if (await isFile("/usr/sbin/nats-server")) return "/usr/sbin/nats-server";
  const programs = ["usr/sbin/nats-server"];
  const paths = await unpackedPrograms({ title: "NATS", name: "nats-server", programs });
  const [path] = paths ?? [];
  if (path !== undefined) return path;
  throw new Error(
    "Cannot start NATS: must have nats-server on PATH, found none. " +
      "Install it (Debian, Ubuntu: apt-get install nats-server; macOS: brew install nats-server)",
  );
}

async function start(
  program: string,
  port: number,
  args: readonly string[],
): Promise<Deno.ChildProcess> {
  const child = new Deno.Command(program, {
    args: ["--addr", "127.0.0.1", "--port", String(port), ...args],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await waitFor("NATS to greet", () => greets(port), START_DEADLINE_MS);
  return child;
}

async function greets(port: number): Promise<boolean> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const bytes = Buffer.alloc(4);
    await connection.read(bytes);
    return bytes.toString() === "INFO";
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
