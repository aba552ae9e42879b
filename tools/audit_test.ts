import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };

const DEADLINE_MS = 60_000;

interface Audit {
  readonly code: number;
  readonly text: string;
  /** Names of the packages that the registry was asked about. */
  readonly asked: readonly string[];
}

/** Runs the task against a registry that gives this answer. */
async function audit(answer: () => Response): Promise<Audit> {
  let asked: string[] = [];
  await using registry = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (r) => {
      asked = Object.keys(await r.json());
      return answer();
    },
  );
  const [, ...args] = config.tasks.audit.command.split(" ");
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: new URL("../", import.meta.url),
    env: { NPM_CONFIG_REGISTRY: `http://127.0.0.1:${registry.addr.port}` },
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).output();
  return { code, text: new TextDecoder().decode(stdout), asked };
}

Deno.test("audit asks about every package and is content when no fault is known", async () => {
  const { code, text, asked } = await audit(() => Response.json({}));
  assert.equal(code, 0, text);
  for (const name of ["hono", "postgres", "jose", "ws"]) assert.ok(asked.includes(name), name);
});

Deno.test("audit fails when the registry knows of a fault", async () => {
  const advisory = {
    id: 1,
    url: "https://example.test/advisory",
    title: "everything is lost",
    severity: "low",
    vulnerable_versions: "<1000",
    cwe: [],
    cvss: { score: 1, vectorString: null },
  };
  const { code, text } = await audit(() => Response.json({ hono: [advisory] }));
  assert.equal(code, 1, text);
  assert.match(text, /everything is lost/);
});

Deno.test("audit neither passes nor finds anything where the registry gives no answer", async () => {
  const answers = [
    () => new Response("", { status: 405 }),
    () => new Response("<html>Sign in to this network</html>"),
  ];
  for (const answer of answers) {
    const { code, text } = await audit(answer);
    assert.equal(code, 2, text);
    assert.match(text, /^NOT AUDITED: /m);
  }
});
