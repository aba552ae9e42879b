import assert from "node:assert/strict";
import { testDatabase } from "../support/postgres.ts";
import { RunningProgram } from "../support/running_program.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

const NO_CODE = 1005;

for (
  const { command, connected } of [
    { command: "watch", connected: / Live$/m },
    { command: "chat", connected: / in the room: / },
  ]
) {
  Deno.test(`${command} says goodbye before it exits`, async () => {
    // The process was gone before its close frame was: the server took each for a lost connection.
    await using database = await testDatabase();
    await using server = await startServer({
      databaseUrl: database.url,
      env: { LOG_FORMAT: "json" },
    });
    await using program = RunningProgram.main(command, server.url);
    await waitFor("the client to be connected", () => connected.test(program.errors));
    program.kill("SIGINT");
    await program.exit();
    const line = await waitFor(
      "the end of the session",
      () => server.lines.find((text) => text.includes('"code":"session_closed"')),
    );
    assert.equal(JSON.parse(line).closeCode, NO_CODE, line);
  });
}
