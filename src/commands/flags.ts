import { parseArgs, type ParseArgsConfig } from "node:util";
import { ConfigError, errorText } from "../errors.ts";

/** Options of a command by name, without the dashes. */
export type FlagTypes = Readonly<Record<string, "boolean" | "string">>;

/** What the user gave; options left out are missing. */
export type Flags<T extends FlagTypes> = {
  readonly [K in keyof T]?: T[K] extends "boolean" ? boolean : string;
};

/**
 * Reads `--name` and `--name VALUE` from a command's arguments.
 *
 * @throws {ConfigError} when an argument is not one of these options
 */
export function readFlags<T extends FlagTypes>(
  command: string,
  args: readonly string[],
  types: T,
): Flags<T> {
  const options: NonNullable<ParseArgsConfig["options"]> = Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, { type }]),
  );
  try {
    // parseArgs has checked names and types against the same table.
    return parseArgs({ args: [...args], options, strict: true }).values as Flags<T>;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const known = Object.entries(types).map(([name, type]) =>
      type === "boolean" ? `--${name}` : `--${name} VALUE`
    );
    throw new ConfigError([
      `Cannot run ${command}: ${errorText(error)}. ` +
      (known.length === 0 ? "It takes no arguments" : `It takes ${known.join(", ")}`),
    ]);
  }
}
