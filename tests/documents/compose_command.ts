import assert from "node:assert/strict";
import * as v from "valibot";
import { parse } from "yaml";
import { readProjectFile } from "../support/project_files.ts";

const composeSchema = v.object({
  services: v.record(v.string(), v.object({ profiles: v.optional(v.array(v.string())) })),
});
const configSchema = v.object({ permissions: v.record(v.string(), v.unknown()) });

/** What follows the name of a command: how many services, and the options that it may have. */
const COMMANDS: Readonly<Record<string, { services: "some" | "one"; options: readonly string[] }>> =
  {
    up: { services: "some", options: ["-d", "--build", "--wait"] },
    down: { services: "some", options: ["--volumes"] },
    build: { services: "some", options: [] },
    pull: { services: "some", options: [] },
    ps: { services: "some", options: [] },
    logs: { services: "some", options: ["--follow", "-f"] },
    restart: { services: "some", options: [] },
    stop: { services: "some", options: [] },
    exec: { services: "one", options: ["-T"] },
    run: { services: "one", options: ["--rm", "-T"] },
  };
const OPTIONS_WITH_VALUE = ["-e", "--profile", "--tail", "--since"];

/** Holds a command against `docker-compose.yml`, where there is no engine to run it. @throws {AssertionError} */
export async function checkComposeCommand(command: string): Promise<void> {
  const compose = await readProjectFile("docker-compose.yml");
  const { services } = v.parse(composeSchema, parse(compose, { merge: true }));
  const [settings = "", rest = ""] = command.split(/docker compose /);
  for (const [, name = ""] of settings.matchAll(/(\w+)=/g)) {
    assert.match(
      compose,
      new RegExp(`(- |\\$\\{)${name}\\b`),
      `${name} must be in the compose file`,
    );
  }
  const words = rest.replace(/ [|>].*/, "").split(" ");
  const profiles = takeProfiles(words);
  const known = new Set(Object.values(services).flatMap((service) => service.profiles ?? []));
  for (const profile of profiles) assert.ok(known.has(profile), `profile ${profile} must exist`);
  const name = words.shift() ?? "";
  const form = COMMANDS[name];
  assert.ok(form, `docker compose ${name} must be in tests/documents/compose_command.ts`);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (OPTIONS_WITH_VALUE.includes(word)) words.shift();
    else if (word.startsWith("-")) assert.ok(form.options.includes(word), `option ${word}`);
    else {
      assert.ok(services[word], `service ${word} must exist`);
      if (form.services === "one") return await checkContainerCommand(word, words);
    }
  }
}

function takeProfiles(words: string[]): string[] {
  const profiles: string[] = [];
  while (words[0] === "--profile") profiles.push(...words.splice(0, 2).slice(1));
  return profiles;
}

/** What runs in a container of ours is `-P=SET main.ts COMMAND …`. */
async function checkContainerCommand(service: string, words: readonly string[]): Promise<void> {
  if (service !== "server" && service !== "aggregator") return;
  const { permissions } = v.parse(configSchema, JSON.parse(await readProjectFile("deno.json")));
  const [set = "", file, command = ""] = words;
  assert.ok(permissions[set.replace("-P=", "")], `${set} must be a set of deno.json`);
  assert.equal(file, "main.ts");
  const main = await readProjectFile("main.ts");
  assert.match(main, new RegExp(`^  "?${command}"?: \\{$`, "m"), `${command} must be a command`);
}
