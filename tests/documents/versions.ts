import * as v from "valibot";
import { readProjectFile } from "../support/project_files.ts";

const configSchema = v.object({ imports: v.record(v.string(), v.string()) });

/** What the project is run with: CI's Deno, and packages as `NAME@VERSION`. */
export async function projectVersions(): Promise<{ deno: string; packages: readonly string[] }> {
  const [, deno] = /deno@([\d.]+)/.exec(await readProjectFile(".ci/run")) ?? [];
  if (deno === undefined) throw new Error("Cannot find CI's Deno: .ci/run must name it");
  const { imports } = v.parse(configSchema, JSON.parse(await readProjectFile("deno.json")));
  const packages = Object.values(imports).flatMap((specifier) =>
    specifier.startsWith("npm:") ? [specifier.slice("npm:".length)] : []
  );
  return { deno, packages };
}
