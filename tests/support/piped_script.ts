/** What a script has printed. */
export interface ScriptOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a script in a Deno of its own, unchecked, and waits for its end.
 *
 * @param flags of `deno run`
 * @param filesMax how many files it may open; as many as this process when left out
 */
export async function runScript(
  script: string,
  flags: readonly string[],
  filesMax?: number,
): Promise<ScriptOutput> {
  const run = [Deno.execPath(), "run", ...flags, "--no-check", "-"];
  const limit = filesMax === undefined ? "" : `ulimit -n ${filesMax}; `;
  const child = new Deno.Command("sh", {
    args: ["-c", `${limit}exec "$0" "$@"`, ...run],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
