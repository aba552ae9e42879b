import assert from "node:assert/strict";
import { runScript } from "../../tests/support/piped_script.ts";

const FILES_MAX = 300;
const MODULE = new URL("./descriptors.ts", import.meta.url);

/** What a process that may open so many files makes of MAX_SESSIONS. */
async function affordable(sessionsMax: number, permission: string): Promise<number> {
  const script = `import { affordableSessions } from ${JSON.stringify(MODULE.href)};
    console.log(affordableSessions(
      { limits: { sessionsMax: ${sessionsMax} }, isSessionsMaxSet: true, workers: 2 },
    ));`;
  const { stdout, stderr } = await runScript(script, [permission], FILES_MAX);
  assert.match(stdout, /^\d+\n$/, stderr);
  return Number(stdout);
}

for (const permission of ["--allow-all", "--allow-read"]) {
  Deno.test(`affordableSessions() leaves room below the limit of open files, with ${permission}`, async () => {
    // Only a process with all permissions may read the limit; any other has to try.
    assert.equal(await affordable(50, permission), 50);
    const most = await affordable(20_000, permission);
    assert.ok(most > 50 && most < 0.9 * (FILES_MAX - 2 * 32), `${most} sessions`);
  });
}
