import { fileURLToPath } from "node:url";
import { inputLines } from "../client/input_lines.ts";
import { printable } from "../client/terminal_text.ts";
import type { Closable } from "../lifecycle.ts";
import { DemoEar, type Transcript } from "./demo_ear.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** One of the project's programs in a process of its own, which hears on its output and speaks by its input. */
export class DemoProgram implements Closable {
  readonly ear: DemoEar;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #reading: Promise<unknown>;
  #exitCode: number | undefined;

  /** @param args of `deno`, in the project's folder */
  constructor(transcript: Transcript, name: string, args: readonly string[]) {
    this.ear = new DemoEar(name, transcript);
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#reading = Promise.all([this.#read(this.#child.stdout), this.#read(this.#child.stderr)]);
    this.#child.status.then(({ code }) => {
      this.#exitCode = code;
      this.ear.ring();
    });
    this.ear.tell(`starts   deno ${args.join(" ")}`);
  }

  /** Types a line. */
  async type(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
    this.ear.tell(`types    ${line}`);
  }

  /** Stops the process without ending it, as a computer does that falls asleep: nothing is closed. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
    this.ear.tell("freezes  and closes nothing, like a computer that falls asleep");
  }

  /** Ends the input and waits for the process to end; returns its exit code. */
  async end(): Promise<number | undefined> {
    await this.#input.close();
    await this.ear.until("end", () => this.#exitCode !== undefined);
    return this.#exitCode;
  }

  async close(): Promise<void> {
    if (this.#exitCode === undefined) this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#reading;
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    // The process ends its output, not we: the signal is there for readers who have to stop.
    for await (const line of inputLines(stream, new AbortController().signal)) {
      this.ear.hear(printable(line.replaceAll("\t", " ")));
    }
  }
}
