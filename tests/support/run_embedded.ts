import { SetupError } from "../../src/errors.ts";
import { startEmbeddedServer } from "../../src/db/embedded_server.ts";

/**
 * A program that runs a Postgres in the folder that its argument names, for tests that kill it or run
 * it as another user. Prints one JSON line when Postgres runs, or the reason why it does not; ends on
 * SIGTERM or when its standard input does.
 */
async function main(): Promise<number> {
  const [directory = ""] = Deno.args;
  const stop = new AbortController();
  Deno.addSignalListener("SIGTERM", () => stop.abort());
  try {
    const server = await startEmbeddedServer({ directory, signal: stop.signal });
    const { url, processId } = server;
    await print({ url, processId, directory: server.directory, uid: Deno.uid() });
    await Promise.race([
      new Response(Deno.stdin.readable).arrayBuffer(),
      new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve())),
    ]);
    await server.close();
    return 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    await print({ fault: error.message });
    return 1;
  }
}

async function print(value: unknown): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

if (import.meta.main) Deno.exit(await main());
