/** How a short program ended. */
export interface CommandResult {
  readonly ok: boolean;
  /** Standard output, or what went wrong. */
  readonly output: string;
}

/** Runs a program to its end; one that does not exist is a failure like any other. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly deadlineMs?: number } = {},
): Promise<CommandResult> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      signal: AbortSignal.timeout(options.deadlineMs ?? 60_000),
    }).output();
    return { ok: success, output: new TextDecoder().decode(success ? stdout : stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return { ok: false, output: `${command} is not installed` };
    }
    throw error;
  }
}
