import { TextLineStream } from "./text_lines.ts";
import { freePort } from "./free_port.ts";
import { signalChild } from "./signal_child.ts";
import { flagsWith, serveFlags, taskEnvironment } from "./task_flags.ts";
import { waitFor } from "./wait_for.ts";

/** A server in a process of its own, as a user runs it. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `ws://127.0.0.1:PORT` */
  readonly socketUrl: string;
  /** Every line of its standard output and error so far. */
  readonly lines: readonly string[];
  readonly pid: number;
  /** Waits for such a line; one that it has written already may still be on its way. */
  says(pattern: RegExp, deadlineMs?: number): Promise<void>;
  /** Resolves with the exit code when it has ended, for whatever reason. */
  exit(): Promise<number>;
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<number>;
  /** Sends SIGKILL. */
  kill(): Promise<void>;
  /** Starts again, on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** How to run it. */
export interface TestServerOptions {
  readonly databaseUrl: string;
  /** Further environment variables. */
  readonly env?: Record<string, string>;
  readonly port?: number;
  /** Files that it may have open: `ulimit -n`. */
  readonly filesMax?: number;
  /**
   * A module of `tests/support` that is preloaded. With `faulty_workers.ts` there is so little heap that it
   * is soon exhausted.
   */
  readonly preload?: "faulty_main.ts" | "faulty_workers.ts" | "jumping_clocks.ts";
}

const START_DEADLINE_MS = 30_000;
const FAULTY_HEAP_MB_MAX = 200;

interface Running {
  readonly child: Deno.ChildProcess;
  exitCode: number | undefined;
}

/** Starts `main.ts serve` and resolves when it accepts connections. */
export async function startServer(options: TestServerOptions): Promise<TestServer> {
  const port = options.port ?? freePort();
  const lines: string[] = [];
  let running = await launch(port, options, lines);
  const end = async (signal: Deno.Signal) => {
    signalChild(running.child, signal);
    return (await running.child.status).code;
  };
  const close = async () => {
    await end("SIGKILL");
  };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    socketUrl: `ws://127.0.0.1:${port}`,
    lines,
    get pid() {
      return running.child.pid;
    },
    async says(pattern, deadlineMs) {
      const isSaid = () => lines.some((line) => pattern.test(line));
      await waitFor(`the server to say ${pattern}`, isSaid, deadlineMs);
    },
    exit: async () => (await running.child.status).code,
    stop: () => end("SIGTERM"),
    kill: close,
    async restart() {
      await close();
      running = await launch(port, options, lines);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function launch(
  port: number,
  options: TestServerOptions,
  lines: string[],
): Promise<Running> {
  const first = lines.length;
  const program = [Deno.execPath(), "run", ...flagsFor(options), "main.ts", "serve"];
  const limit = options.filesMax === undefined ? "" : `ulimit -n ${options.filesMax}; `;
  const child = new Deno.Command("sh", {
    args: ["-c", `${limit}exec "$@"`, "sh", ...program],
    cwd: new URL("../../", import.meta.url),
    env: {
      ...taskEnvironment("serve"),
      DATABASE_URL: options.databaseUrl,
      PORT: String(port),
      WORKERS: "2",
      NO_COLOR: "1",
      ...options.env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const running: Running = { child, exitCode: undefined };
  child.status.then(({ code }) => running.exitCode = code);
  for (const stream of [child.stdout, child.stderr]) collect(stream, lines);
  await waitFor("the server to start", () => {
    if (running.exitCode !== undefined) {
      throw new Error(
        `The server ended with ${running.exitCode}:\n${lines.slice(first).join("\n")}`,
      );
    }
    return lines.slice(first).some((line) => line.startsWith("Dashboard: "));
  }, START_DEADLINE_MS);
  return running;
}

function flagsFor({ databaseUrl, preload }: TestServerOptions): readonly string[] {
  if (databaseUrl.startsWith("embedded:")) return flagsWith("embedded", "serve");
  if (preload === undefined) return serveFlags();
  const flags = [...serveFlags("tests/support"), `--preload=tests/support/${preload}`];
  if (preload !== "faulty_workers.ts") return flags;
  return [...flags, `--v8-flags=--max-old-space-size=${FAULTY_HEAP_MB_MAX}`];
}

async function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>, lines: string[]) {
  for await (
    const line of stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
  ) {
    lines.push(line);
  }
}
