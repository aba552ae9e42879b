/** Where and how to run it. */
export interface RunOptions {
  readonly cwd: string;
  readonly args: readonly string[];
}

const DEADLINE_MS = 300_000;

/**
 * Runs a program to its end, without input, and returns what it wrote on its standard output.
 *
 * @throws {Error} with its standard error when it fails, or takes longer than five minutes
 */
export async function runProgram(program: string, { cwd, args }: RunOptions): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`Cannot run ${program} ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}
