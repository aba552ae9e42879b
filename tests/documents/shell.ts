import { waitFor } from "../support/wait_for.ts";

/** How a command is run. */
export interface ShellOptions {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** What its standard input has, before it ends; left out, nothing is typed and it stays open. */
  readonly input?: string | undefined;
}

/** How a command ended. */
export interface ShellResult {
  readonly code: number;
  /** Standard output and error as they came. */
  readonly output: string;
}

const EXCERPT_CHARACTERS_MAX = 4000;

/** A command that runs in a shell, and everything that it starts. */
export class Shell implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  readonly #command: string;
  #output = "";
  #code: number | undefined;

  constructor(command: string, { folder, env, input }: ShellOptions) {
    this.#command = command;
    // A session of its own, so that a signal reaches all of it and nothing else.
    this.#child = new Deno.Command("sh", {
      args: ["-c", command],
      cwd: folder,
      env: { NO_COLOR: "1", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
    this.#reading = Promise.all([
      this.#collect(this.#child.stdout),
      this.#collect(this.#child.stderr),
      ...input === undefined ? [] : [this.#write(input)],
    ]);
    this.#child.status.then(({ code }) => this.#code = code);
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** What it printed last, for a message. */
  get #excerpt(): string {
    return this.#output.slice(-EXCERPT_CHARACTERS_MAX);
  }

  /** Waits until it has printed this. @throws {Error} when it ends before */
  async prints(expected: RegExp, deadlineMs: number): Promise<void> {
    await this.reaches(`print ${expected}`, () => expected.test(this.#output), deadlineMs);
  }

  /** Waits until `probe` holds. @throws {Error} when it ends before */
  async reaches(
    what: string,
    probe: () => boolean | Promise<boolean>,
    deadlineMs: number,
  ): Promise<void> {
    await waitFor(() => `${this.#command} to ${what}, has printed:\n${this.#excerpt}`, async () => {
      if (await probe()) return true;
      if (this.#code === undefined) return false;
      throw new Error(`${this.#command} ended with ${this.#code}, must ${what}:\n${this.#excerpt}`);
    }, deadlineMs);
  }

  /** Sends a signal to all of it. */
  signal(name: Deno.Signal): void {
    try {
      Deno.kill(-this.#child.pid, name);
    } catch (error) {
      // It has just ended.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** The processes that the shell itself has started and that still run. */
  async children(): Promise<number[]> {
    const { pid } = this.#child;
    const listed = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
    return listed.split(" ").filter((word) => word !== "").map(Number);
  }

  /** Waits for its end. */
  async end(deadlineMs: number): Promise<ShellResult> {
    const { code } = await waitFor(
      () => `${this.#command} to end, has printed:\n${this.#excerpt}`,
      () => this.#code !== undefined && { code: this.#code },
      deadlineMs,
    );
    await this.#reading;
    return { code, output: this.#output };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.#child.status;
    await this.#reading;
  }

  async #collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.#output += text;
  }

  async #write(input: string): Promise<void> {
    try {
      const writer = this.#child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(input));
      await writer.close();
    } catch (error) {
      // It has ended without reading everything.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }
}
