import { type TestDatabase, testDatabase } from "./postgres.ts";
import { startServer, type TestServer } from "./server.ts";

/** A server over a database of its own. */
export interface ServerStage {
  readonly database: TestDatabase;
  readonly server: TestServer;
}

/** A test that starts processes, whose pipes outlive what Deno's sanitizers allow. */
export function processTest(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

/** A test with a server. @param env further environment variables */
export function serverTest(
  name: string,
  run: (stage: ServerStage) => Promise<void>,
  env: Record<string, string> = {},
): void {
  processTest(name, async () => {
    await using database = await testDatabase();
    await using server = await startServer({ databaseUrl: database.url, env });
    await run({ database, server });
  });
}
