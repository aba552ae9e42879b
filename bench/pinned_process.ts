import { DeadlineError } from "../src/errors.ts";
import { withDeadline } from "../src/lifecycle.ts";
import { signalChild } from "../tests/support/signal_child.ts";
import { TextLineStream } from "../tests/support/text_lines.ts";
import { waitFor } from "../tests/support/wait_for.ts";

/** What to run. */
export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Core or cores that it may use, as `taskset` wants them; undefined lets it use all. */
  readonly cores?: string | undefined;
}

const END_DEADLINE_MS = 5000;
const ERROR_LINES_MAX = 20;

/** A program that talks in lines, on cores of its own. */
export class PinnedProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: string[] = [];
  readonly #errorLines: string[] = [];
  readonly #collecting: readonly Promise<void>[];
  #exitCode: number | undefined;
  #read = 0;

  constructor({ command, args, cwd, env, cores }: ProcessOptions) {
    const pinned = cores === undefined ? [command] : ["taskset", "-c", cores, command];
    const [program = command, ...rest] = [...pinned, ...args];
    this.#child = new Deno.Command(program, {
      args: rest,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      ...(cwd === undefined ? {} : { cwd }),
      env: { NO_COLOR: "1", ...env },
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#child.status.then(({ code }) => this.#exitCode = code);
    this.#collecting = [
      collect(this.#child.stdout, (line) => this.#lines.push(line)),
      collect(this.#child.stderr, (line) => {
        this.#errorLines.push(line);
        if (this.#errorLines.length > ERROR_LINES_MAX) this.#errorLines.shift();
      }),
    ];
  }

  get pid(): number {
    return this.#child.pid;
  }

  /**
   * The next line of standard output that begins so; those before it are passed over.
   *
   * @throws when the process ends first or the deadline passes
   */
  async line(start: string, deadlineMs: number): Promise<string> {
    return await waitFor(`"${start}" from process ${this.pid}`, () => {
      while (this.#read < this.#lines.length) {
        const line = this.#lines[this.#read++];
        if (line?.startsWith(start)) return line;
      }
      if (this.#exitCode === undefined) return undefined;
      throw new Error(`It ended with ${this.#exitCode}: ${this.#errorLines.join("\n")}`);
    }, deadlineMs);
  }

  async send(line: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Asks it to end, and ends it when it does not. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#child.status;
    signalChild(this.#child, "SIGTERM");
    try {
      await withDeadline(ended, END_DEADLINE_MS, "end a process");
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      signalChild(this.#child, "SIGKILL");
      await ended;
    }
    await this.#stdin.abort();
    await Promise.all(this.#collecting);
  }
}

async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
): Promise<void> {
  const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of lines) take(line);
}
