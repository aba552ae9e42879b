import assert from "node:assert/strict";
import * as v from "valibot";
import { parse } from "yaml";
import { allOf, readStages } from "./support/dockerfile.ts";
import { taskEnvironment, taskFlags } from "./support/task_flags.ts";

/**
 * The Dockerfile and the compose file, held to what docs/security.md says of them, where no engine is
 * there to run them.
 */

const ROOT = new URL("../", import.meta.url);
/** What the image's pages and code are served and run from. */
const ENTRY_POINTS = ["main.ts", "src/server/worker.ts"];

const loggingSchema = v.object({
  driver: v.string(),
  options: v.object({ "max-size": v.string(), "max-file": v.string() }),
});
const serviceSchema = v.object({
  image: v.optional(v.string()),
  profiles: v.optional(v.array(v.string())),
  user: v.optional(v.string()),
  read_only: v.optional(v.boolean()),
  init: v.optional(v.boolean()),
  cap_drop: v.optional(v.array(v.string())),
  cap_add: v.optional(v.array(v.string())),
  security_opt: v.optional(v.array(v.string())),
  ports: v.optional(v.array(v.string())),
  command: v.optional(v.array(v.string())),
  volumes: v.optional(v.array(v.string())),
  logging: v.optional(loggingSchema),
  healthcheck: v.optional(v.object({ test: v.optional(v.array(v.string())) })),
  environment: v.optional(v.union([v.array(v.string()), v.record(v.string(), v.string())])),
});
const composeSchema = v.object({ services: v.record(v.string(), serviceSchema) });
const graphSchema = v.object({
  modules: v.array(v.object({ specifier: v.string(), npmPackage: v.optional(v.string()) })),
  npmPackages: v.record(
    v.string(),
    v.object({ name: v.string(), dependencies: v.array(v.string()) }),
  ),
});

const [build, image] = readStages(await read("Dockerfile"));
const { services } = v.parse(
  composeSchema,
  parse(await read("docker-compose.yml"), { merge: true }),
);

async function read(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, ROOT));
}

/** The words of an instruction in the form of a JSON array. */
function words(instruction: string | undefined): string[] {
  return v.parse(v.array(v.string()), JSON.parse(instruction?.replace(/^[^[]*/, "") ?? ""));
}

async function graphOf(entryPoint: string): Promise<v.InferOutput<typeof graphSchema>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entryPoint],
    cwd: ROOT,
  }).output();
  return v.parse(graphSchema, JSON.parse(new TextDecoder().decode(stdout)));
}

/** Names of the packages that a module graph needs, with all that these need. */
function packagesOf({ modules, npmPackages }: v.InferOutput<typeof graphSchema>): string[] {
  const needed = new Set(modules.flatMap(({ npmPackage }) => npmPackage ?? []));
  // A set that grows while it is walked is walked to its end.
  for (const id of needed) for (const more of npmPackages[id]?.dependencies ?? []) needed.add(more);
  return [...needed].flatMap((id) => npmPackages[id]?.name ?? []);
}

function service(name: string): v.InferOutput<typeof serviceSchema> {
  const found = services[name];
  assert.ok(found, `${name} is in docker-compose.yml`);
  return found;
}

Deno.test("The image runs as somebody who is not root, by number", () => {
  const [user] = allOf(image, "USER");
  assert.match(user ?? "", /^[1-9]\d*:[1-9]\d*$/);
  for (const name of ["server", "aggregator"]) assert.equal(service(name).user, user);
});

Deno.test("The image holds nothing to run but Deno", () => {
  assert.deepEqual(allOf(image, "FROM"), ["scratch"]);
  assert.deepEqual(allOf(image, "COPY"), [
    "--from=build /base /",
    "--from=build /usr/local/bin/deno-program /usr/local/bin/deno",
    "--from=build /deno-dir /deno-dir",
    "--from=build /app /app",
  ]);
});

Deno.test("What runs in containers has the permissions of its task", () => {
  const [entryPoint] = allOf(image, "ENTRYPOINT").map(words);
  const [serve] = allOf(image, "CMD").map(words);
  const [health] = allOf(image, "HEALTHCHECK").map(words);
  const commands = {
    serve: [...entryPoint ?? [], ...serve ?? []],
    aggregator: [...entryPoint ?? [], ...service("aggregator").command ?? []],
    health: health ?? [],
  };
  for (const [name, command] of Object.entries(commands)) {
    assert.deepEqual(command.slice(0, 2), ["deno", "run"]);
    assert.deepEqual(command.slice(-2), ["main.ts", name]);
    const flags = command.slice(2, -2);
    assert.deepEqual(taskFlags(name).filter((flag) => !flags.includes(flag)), []);
    // All else would be a permission that the task has not.
    const others = flags.filter((flag) => !taskFlags(name).includes(flag));
    assert.deepEqual(others, ["--cached-only", "--node-modules-dir=manual"]);
  }
});

Deno.test("The image has the Deno that CI runs, and the settings of the task", async () => {
  const [version] = allOf(build, "ARG");
  const [, expected] = /deno@([\d.]+)/.exec(await read(".ci/run")) ?? [];
  assert.equal(version, `DENO_VERSION=${expected}`);
  const settings = Object.entries(taskEnvironment("serve"));
  assert.ok(settings.length > 0);
  const [environment = ""] = allOf(image, "ENV");
  for (const [name, value] of settings) {
    assert.ok(environment.split(/\s+/).includes(`${name}=${value}`), name);
  }
});

Deno.test("Every module and package that the server runs is in the image", async () => {
  const [removal = ""] = allOf(build, "RUN").filter((line) => line.includes("rm -rf @embedded"));
  const removed = [...removal.matchAll(/(\S+)[@+]\*/g)].map(([, start = ""]) => start);
  assert.ok(removed.length > 3);
  const copied = allOf(build, "COPY").flatMap((line) => line.split(/\s+/).slice(0, -1));
  const sent = (await read(".dockerignore")).split("\n");
  for (const entryPoint of ENTRY_POINTS) {
    const graph = await graphOf(entryPoint);
    const packages = packagesOf(graph);
    assert.ok(packages.includes("hono"), "packages are found");
    assert.deepEqual(
      packages.filter((name) => removed.some((start) => `${name}@`.startsWith(`${start}@`))),
      [],
    );
    const own = graph.modules.flatMap(({ specifier }) =>
      specifier.startsWith(ROOT.href) ? [specifier.slice(ROOT.href.length)] : []
    ).filter((path) => !path.startsWith("node_modules/"));
    assert.ok(own.length > 10);
    const tops = new Set(own.map((path) => path.split("/")[0] ?? ""));
    assert.deepEqual([...tops].filter((top) => !copied.includes(top)), []);
    assert.deepEqual([...tops].filter((top) => !sent.includes(`!${top}`)), []);
  }
});

Deno.test("Containers write nothing and may nothing, those of others apart", () => {
  const confined = ["aggregator", "grafana", "nats", "prometheus", "proxy", "server"];
  assert.deepEqual(
    Object.keys(services).filter((name) => name !== "postgres").toSorted(),
    confined,
  );
  for (const name of confined) {
    const { read_only, cap_drop, security_opt } = service(name);
    assert.deepEqual(
      [read_only, cap_drop, security_opt],
      [true, ["ALL"], ["no-new-privileges:true"]],
    );
  }
  for (const name of ["server", "aggregator", "nats"]) {
    const { cap_add, volumes } = service(name);
    assert.deepEqual([cap_add, volumes], [undefined, undefined]);
  }
});

Deno.test("No container's log fills the disk: Docker itself keeps all of it, for ever", async () => {
  const [, sizeMb, files] = /(\d+) MB in (\d+) files/.exec(await read("docs/operations.md")) ?? [];
  const options = { "max-size": `${sizeMb}m`, "max-file": files };
  for (const name of Object.keys(services)) {
    assert.deepEqual(service(name).logging, { driver: "json-file", options }, name);
  }
});

Deno.test("Caddy takes no orders over the network, and its health check asks what the Caddyfile has", async () => {
  // On the host's network each user of the machine could have given it another configuration.
  const lines = (await read("Caddyfile")).split("\n").map((line) => line.trim());
  assert.ok(lines.includes("admin off"));
  const url = service("proxy").healthcheck?.test?.at(-1) ?? "";
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  assert.ok(lines.includes(`${url.slice(0, -1)} {`));
});

Deno.test("Quotewire is not the first process of its containers, whom the kernel spares its own SIGKILL", () => {
  for (const name of ["server", "aggregator"]) assert.equal(service(name).init, true, name);
});

Deno.test("docker compose up starts Postgres alone, and opens no port to other machines", () => {
  const alone = Object.keys(services).filter((name) => service(name).profiles === undefined);
  assert.deepEqual(alone, ["postgres"]);
  const ports = Object.values(services).flatMap((one) => one.ports ?? []);
  assert.equal(ports.length, 4);
  for (const port of ports) assert.match(port, /^(127\.0\.0\.1|\$\{HOST:-127\.0\.0\.1\}):/);
});

Deno.test("Prometheus and Grafana listen on this machine alone, and no password is known", async () => {
  const prometheus = service("prometheus").command?.filter((flag) => flag.startsWith("--web."));
  assert.deepEqual(prometheus, ["--web.listen-address=127.0.0.1:${PROMETHEUS_PORT:-9090}"]);
  const settings = await read("observability/grafana/grafana.ini");
  for (
    const line of [
      "http_addr = 127.0.0.1",
      "disable_initial_admin_creation = true",
      "org_role = Viewer",
    ]
  ) assert.ok(settings.split("\n").includes(line), line);
  const { environment = {} } = service("grafana");
  assert.ok(!Array.isArray(environment));
  // Grafana takes no notice of an empty one. Without a password the file above holds, and there is no admin.
  assert.equal(environment["GF_SECURITY_ADMIN_PASSWORD"], "${GRAFANA_PASSWORD:-}");
  const creation = environment["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"];
  assert.equal(creation, "${GRAFANA_PASSWORD:+false}");
});

Deno.test("Images of others are named with their versions", () => {
  const images = Object.values(services).flatMap(({ image: name }) => name ?? []);
  for (const name of images.filter((one) => one !== "quotewire")) assert.match(name, /:v?\d+/);
  for (const name of ["prometheus", "grafana"]) {
    assert.match(service(name).image ?? "", /:v?\d+\.\d+\.\d+$/);
  }
});

Deno.test("Every setting reaches its container", async () => {
  const parts = (await read("docs/configuration.md")).split(/^## /m);
  const documented = (titles: readonly string[]) =>
    parts.filter((part) => titles.some((title) => part.startsWith(`${title}\n`)))
      .flatMap((part) => [...part.matchAll(/^\| `([A-Z_0-9]+)` +\|/gm)].map(([, name]) => name));
  const given = (name: string) => {
    const { environment } = service(name);
    assert.ok(Array.isArray(environment));
    return environment.map((entry) => entry.replace(/=.*/, ""));
  };
  // HOST and PORT say where the container is published; the last is the terminal clients'.
  const server = documented(["Server", "Authentication"]);
  const apart = ["HOST", "PORT", "QUOTEWIRE_TOKEN"];
  const isTelemetry = (name: string) => name.startsWith("OTEL_");
  assert.deepEqual(
    given("server").filter((name) => !isTelemetry(name)).toSorted(),
    server.filter((name) => !apart.includes(name ?? "")).toSorted(),
  );
  const aggregator = ["DATABASE_URL", "LOG_LEVEL", "LOG_FORMAT", ...documented(["Aggregator"])];
  assert.deepEqual(
    given("aggregator").filter((name) => !isTelemetry(name)).toSorted(),
    aggregator.toSorted(),
  );
  // Deno's own, of which the page names some and the rest by what they begin with.
  const tracing = (await read("docs/operations.md")).split(/^## /m)
    .find((part) => part.startsWith("Tracing\n")) ?? "";
  for (const [name] of tracing.matchAll(/\bOTEL_[A-Z_]+[A-Z]\b/g)) {
    for (const container of ["server", "aggregator"]) {
      assert.ok(given(container).includes(name), `${container} must be given ${name}`);
    }
  }
});
