import { createHash } from "node:crypto";
import { SetupError } from "../errors.ts";

/** One step of the schema's history. */
export interface Migration {
  /** The file's name; names sort in the order of application. */
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the text, in hex. */
  readonly checksum: string;
}

/** By address, not by path, so that the files can be built into a compiled program. */
const OWN_DIRECTORY = new URL("../../migrations/", import.meta.url);
const NAME = /^\d{14}_[a-z0-9_]+\.sql$/;

/**
 * Reads all migrations, oldest first.
 *
 * @throws {SetupError} when a file's name has no place in the order
 */
export async function readMigrations(directory = OWN_DIRECTORY): Promise<readonly Migration[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(directory)) {
    if (name.endsWith(".sql")) names.push(name);
  }
  const odd = names.find((name) => !NAME.test(name));
  if (odd !== undefined) {
    throw new SetupError(
      `Cannot read migrations: names must look like 20261231235959_verb_noun.sql, one is ${odd}`,
    );
  }
  return await Promise.all(
    names.sort().map(async (name) => {
      // Line ends may be changed by a checkout on Windows; that must not look like a change.
      const text = (await Deno.readTextFile(new URL(name, directory))).replaceAll("\r\n", "\n");
      return { name, text, checksum: createHash("sha256").update(text).digest("hex") };
    }),
  );
}
