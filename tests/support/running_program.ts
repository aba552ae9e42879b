import { taskFlags } from "./task_flags.ts";
import { waitFor } from "./wait_for.ts";

/** A program of the project in a process of its own, with pipes for keyboard and screen. */
export class RunningProgram implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #reading: Promise<unknown>;
  #output = "";
  #errors = "";
  #isInputOpen = true;
  #exitCode: number | undefined;

  /** Runs a command, in the project's folder unless told otherwise. */
  constructor(
    command: string,
    args: readonly string[],
    env: Record<string, string> = {},
    cwd: string | URL = new URL("../../", import.meta.url),
  ) {
    this.#child = new Deno.Command(command, {
      args: [...args],
      cwd,
      env: { NO_COLOR: "1", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#reading = Promise.all([
      collect(this.#child.stdout, (text) => this.#output += text),
      collect(this.#child.stderr, (text) => this.#errors += text),
    ]);
    this.#child.status.then(({ code }) => this.#exitCode = code);
  }

  /** `main.ts` with these arguments, as its task runs it. */
  static main(command: string, ...args: readonly string[]): RunningProgram {
    return RunningProgram.mainIn({}, command, ...args);
  }

  /** As `main`, in an environment with these variables too. */
  static mainIn(
    env: Record<string, string>,
    command: string,
    ...args: readonly string[]
  ): RunningProgram {
    const words = ["run", ...taskFlags(command), "main.ts", command, ...args];
    return new RunningProgram(Deno.execPath(), words, env);
  }

  /** Everything on its standard output so far. */
  get output(): string {
    return this.#output;
  }

  /** Everything on its standard error so far. */
  get errors(): string {
    return this.#errors;
  }

  async type(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(text));
  }

  /** Waits until its standard output has this. */
  async shows(expected: string | RegExp, deadlineMs?: number): Promise<void> {
    const isThere = () =>
      typeof expected === "string" ? this.#output.includes(expected) : expected.test(this.#output);
    await waitFor(
      () => `${expected} on the screen\nstdout: ${this.#output}\nstderr: ${this.#errors}`,
      isThere,
      deadlineMs,
    );
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Ends its input and waits for it to end. */
  async end(): Promise<number> {
    await this.#closeInput();
    return await this.exit();
  }

  /** Waits for it to end by itself; returns its exit code. */
  async exit(deadlineMs?: number): Promise<number> {
    const { code } = await waitFor(
      "the program to end",
      () => this.#exitCode !== undefined && { code: this.#exitCode },
      deadlineMs,
    );
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#exitCode === undefined) this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#reading;
    await this.#closeInput();
  }

  async #closeInput(): Promise<void> {
    if (!this.#isInputOpen) return;
    this.#isInputOpen = false;
    try {
      await this.#input.close();
    } catch (error) {
      // It has ended without reading everything.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }
}

async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  add: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) add(text);
}
