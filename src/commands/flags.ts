import { parseArgs, type ParseArgsConfig } from "node:util";
import { EnvReader } from "../env.ts";
import { ConfigError, errorText } from "../errors.ts";

/** Options of a command by name, without the dashes. */
export type FlagTypes = Readonly<Record<string, "boolean" | "string">>;

/** What the user gave; options left out are missing. */
export type Flags<T extends FlagTypes> = {
  readonly [K in keyof T]?: T[K] extends "boolean" ? boolean : string;
};

/** Options, and what stands beside them. */
export interface Arguments<T extends FlagTypes> {
  readonly flags: Flags<T>;
  readonly positionals: readonly string[];
  /** Reads the values of options, each by its name with the dashes, and collects all faults. */
  readonly values: EnvReader;
}

/** How a command is used. */
export interface CommandUse {
  /** Text for whoever gives it an option that it does not have; left out, the options are named. */
  readonly usage?: string;
  /** Whether arguments may stand beside the options. @default {false} */
  readonly allowPositionals?: boolean;
}

/**
 * Reads `--name`, `--name VALUE` and `--name=VALUE` from a command's arguments.
 *
 * @throws {ConfigError} when an argument is not one of these options
 */
export function readFlags<T extends FlagTypes>(
  command: string,
  args: readonly string[],
  types: T,
): Flags<T> {
  return readArguments(command, args, types).flags;
}

/**
 * Reads options as `readFlags` does, with their values.
 *
 * @throws {ConfigError} when an argument cannot be taken
 */
export function readArguments<T extends FlagTypes>(
  command: string,
  args: readonly string[],
  types: T,
  { usage, allowPositionals = false }: CommandUse = {},
): Arguments<T> {
  const options: NonNullable<ParseArgsConfig["options"]> = Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, { type }]),
  );
  try {
    const parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals });
    const texts = new Map(
      Object.entries(parsed.values).map(([name, value]) => [`--${name}`, String(value)]),
    );
    return {
      // parseArgs has checked names and types against the same table.
      flags: parsed.values as Flags<T>,
      positionals: parsed.positionals,
      values: new EnvReader((name) => texts.get(name)),
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const fault = `Cannot run ${command}: ${errorText(error)}`;
    throw new ConfigError(usage === undefined ? [`${fault}. ${takes(types)}`] : [fault, "", usage]);
  }
}

function takes(types: FlagTypes): string {
  const known = Object.entries(types).map(([name, type]) =>
    type === "boolean" ? `--${name}` : `--${name} VALUE`
  );
  return known.length === 0 ? "It takes no arguments" : `It takes ${known.join(", ")}`;
}
