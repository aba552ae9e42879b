import { dirname } from "node:path";
import config from "../../deno.json" with { type: "json" };

/** The permission sets of `deno.json`. */
export type PermissionSet = keyof typeof config.permissions;

const RUN_REGEXP = /^(.*)\bdeno run (.+) main\.ts ([a-z-]+)/;

/**
 * The flags with which the tasks of `deno.json` run `main.ts COMMAND`, so that tests run it with the same
 * permissions.
 *
 * @param command as `main.ts` knows it
 */
export function taskFlags(command: string): readonly string[] {
  return taskOf(command).flags;
}

/** The environment that the tasks of `deno.json` run `main.ts COMMAND` in. As `taskFlags`. */
export function taskEnvironment(command: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    taskOf(command).settings.map((setting) => {
      const [, name = "", value = ""] = /^(\w+)=(.*)$/.exec(setting) ?? [];
      return [name, value];
    }),
  );
}

function taskOf(command: string) {
  for (const task of Object.values(config.tasks)) {
    const [, settings = "", flags = "", name] = RUN_REGEXP.exec(task.command) ?? [];
    if (name === command) {
      return {
        settings: settings.split(" ").filter((word) => word !== ""),
        flags: flags.split(" "),
      };
    }
  }
  throw new RangeError(`Cannot find the flags of ${command}: a task must run it, none does`);
}

/** The flags of a task, with another set of permissions than its own. */
export function flagsWith(set: PermissionSet, command: string): readonly string[] {
  return taskFlags(command).map((flag) => flag.startsWith("-P=") ? `-P=${set}` : flag);
}

/** The flags of a command of that name and set, each time without another one of its permissions, which is named. */
export function* flagsWithoutOne(
  set: "health" | "top" | "watch",
): Generator<{ readonly missing: string; readonly flags: readonly string[] }> {
  const others = taskFlags(set).filter((flag) => !flag.startsWith("-P="));
  const granted: Record<string, boolean | string[]> = config.permissions[set];
  const single = Object.entries(granted).flatMap(([kind, values]) =>
    Array.isArray(values) ? values.map((value) => ({ kind, value })) : [{ kind, value: "" }]
  );
  for (const missing of single) {
    const rest = single.filter((one) => one !== missing);
    const flags = rest.map(({ kind, value }) =>
      value === "" ? `--allow-${kind}` : `--allow-${kind}=${value}`
    );
    yield { missing: `${missing.kind} ${missing.value}`.trim(), flags: [...others, ...flags] };
  }
}

/**
 * The flags of `serve`, and the right to read the folder in which tests make their certificates and keys.
 *
 * @param folders more that may be read
 */
export function serveFlags(...folders: readonly string[]): readonly string[] {
  const temporary = Deno.makeTempFileSync();
  Deno.removeSync(temporary);
  const readable = [...config.permissions.serve.read, dirname(temporary), ...folders];
  return [...taskFlags("serve"), `--allow-read=${readable.join(",")}`];
}
