import { RunningProgram } from "./running_program.ts";
import { taskFlags } from "./task_flags.ts";

/**
 * A program on a terminal of its own, whose keys come from here. What it draws is not interpreted, but
 * for the row in which it draws last.
 */
export class PseudoTerminal extends RunningProgram {
  /** @param command for a shell on that terminal, in the project's folder */
  constructor(command: string) {
    super(
      "script",
      Deno.build.os === "darwin"
        ? ["-q", "/dev/null", "sh", "-c", command]
        : ["-qfec", command, "/dev/null"],
    );
  }

  /**
   * `main.ts` with these arguments, and the terminal's settings after it has ended. The shell around it
   * has a trap for Ctrl-C: dash, where that is the user's shell, would otherwise end with 130 whatever
   * the program made of it. A trap is not inherited, so the program still gets the key's signal.
   */
  static override main(name: string, ...args: readonly string[]): PseudoTerminal {
    const words = [Deno.execPath(), "run", ...taskFlags(name), "main.ts", name, ...args];
    const command = words.map((word) => `'${word}'`).join(" ");
    const run = `(printf 'pid '; sh -c 'echo $PPID'; exec ${command})`;
    return new PseudoTerminal(
      `trap : INT; stty cols 60 rows 20; ${run}; code=$?; stty -a; exit $code`,
    );
  }

  /** Of `main.ts`. */
  get pid(): number {
    return Number(/^pid (\d+)/m.exec(this.output)?.[1]);
  }

  /** What stands in the row of the cursor, without its style. */
  get row(): string {
    const drawn = this.output.split("\r").at(-1) ?? "";
    return drawn.replaceAll("\x1b7", "").replaceAll("\x1b8", "").replace(SEQUENCE_REGEXP, "")
      .replace("\n", "");
  }
}

const SEQUENCE_REGEXP = new RegExp(`${"\x1b"}\\[[0-?]*[@-~]`, "g");
