import assert from "node:assert/strict";

const FILES_MAX = 300;
const MODULE = new URL("./descriptors.ts", import.meta.url);

/** What a process that may open so many files makes of MAX_SESSIONS. */
async function affordable(sessionsMax: number, permission: string): Promise<number> {
  const script = `import { affordableSessions } from ${JSON.stringify(MODULE.href)};
    console.log(affordableSessions(
      { limits: { sessionsMax: ${sessionsMax} }, isSessionsMaxSet: true, workers: 2 },
    ));`;
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      `ulimit -n ${FILES_MAX}; exec "$0" run ${permission} --no-check -`,
      Deno.execPath(),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const text = new TextDecoder().decode(stdout);
  assert.match(text, /^\d+\n$/, new TextDecoder().decode(stderr));
  return Number(text);
}

for (const permission of ["--allow-all", "--allow-read"]) {
  Deno.test(`affordableSessions() leaves room below the limit of open files, with ${permission}`, async () => {
    // Only a process with all permissions may read the limit; any other has to try.
    assert.equal(await affordable(50, permission), 50);
    const most = await affordable(20_000, permission);
    assert.ok(most > 50 && most < 0.9 * (FILES_MAX - 2 * 32), `${most} sessions`);
  });
}
