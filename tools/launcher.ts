/** What of `deno.json` says how commands are run. */
export interface ProjectConfig {
  readonly tasks: Readonly<Record<string, { readonly command: string }>>;
  readonly permissions: Readonly<Record<string, { readonly read: boolean | readonly string[] }>>;
}

/** Folders of the project that go along; every other relative path is one of the working directory. */
const PACKED_FOLDERS = ["src", "static", "migrations", "node_modules"] as const;

const TASK_REGEXP = /^((?:[A-Z0-9_]+=\S+ )*)deno run (.+) main\.ts ([a-z-]+)$/;

/**
 * The script that starts a packed Quotewire: each command with the flags and the environment of its
 * task. The sets of permissions go along in `deno.json`, but for the files: Deno takes relative paths of
 * a set to be beside `deno.json`, and `.env` and `.data` are where the user is, as those of a flag are.
 *
 * @throws {RangeError} when no task runs a command
 */
export function launcher(config: ProjectConfig): string {
  const cases = Object.values(config.tasks).flatMap(({ command }) => {
    const [, settings = "", flags = "", name] = TASK_REGEXP.exec(command) ?? [];
    return name === undefined ? [] : [commandCase(name, settings, flags, config)];
  });
  if (cases.length === 0) {
    throw new RangeError("Cannot make a launcher: a task must run main.ts, none does");
  }
  return HEAD + cases.join("") + TAIL;
}

function commandCase(
  name: string,
  settings: string,
  flags: string,
  { permissions }: ProjectConfig,
): string {
  const set = /-P=(\w+)/.exec(flags)?.[1] ?? "";
  const read = permissions[set]?.read;
  const files = Array.isArray(read) ? ` "--allow-read=${read.map(place).join(",")}"` : "";
  const exports = settings.split(" ").filter((word) => word !== "").map((word) => {
    const [variable = "", value = ""] = split(word);
    return `    : "\${${variable}=${value}}" && export ${variable}\n`;
  });
  return `  ${name})\n${exports.join("")}    set -- ${flags}${files} "$app/main.ts" "$@" ;;\n`;
}

function place(path: string): string {
  return PACKED_FOLDERS.some((folder) => folder === path) ? `$app/${path}` : path;
}

/** At the first "=", because a value may hold another. */
function split(word: string): [string, string] {
  const at = word.indexOf("=");
  return [word.slice(0, at), word.slice(at + 1)];
}

const HEAD = `#!/bin/sh
# Runs a command of Quotewire with the permissions of its task: see docs/security.md.
set -eu
home=$(dirname -- "$(readlink -f -- "$0")")
app=$home/app
export DENO_DIR="$home/cache" DENO_NO_UPDATE_CHECK=1
case "\${1-}" in
`;

const TAIL = `  *)
    set -- -q --no-prompt --allow-read=.env "$app/main.ts" "$@" ;;
esac
exec "$home/deno" run --cached-only --config "$app/deno.json" "$@"
`;
