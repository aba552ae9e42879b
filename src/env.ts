import { parseEnv } from "node:util";
import { ConfigError } from "./errors.ts";
import { settingExcerpt } from "./excerpt.ts";

/** Looks up one environment variable; `Deno.env.get` in production, a map's `get` in tests. */
export type EnvLookup = (name: string) => string | undefined;

/**
 * A lookup that falls back on the text of a `.env` file for what the environment does not set.
 *
 * @param text the file's content; `undefined` when there is no file
 */
export function withEnvFile(lookup: EnvLookup, text: string | undefined): EnvLookup {
  if (text === undefined) return lookup;
  const file = parseEnv(text);
  return (name) => lookup(name) ?? file[name];
}

/**
 * Reads typed values from the environment, or from a command's options, and collects every fault, so that the operator sees all of
 * them at the first start rather than one per start. An empty value counts as unset, as in a `.env` file.
 */
export class EnvReader {
  readonly #lookup: EnvLookup;
  readonly #faults: string[] = [];

  constructor(lookup: EnvLookup) {
    this.#lookup = lookup;
  }

  /** The value, or `undefined` when the variable is unset or empty. */
  text(name: string): string | undefined {
    const value = this.#lookup(name)?.trim();
    return value === "" ? undefined : value;
  }

  /** A whole number from `min` to `max`, both included. */
  integer(name: string, options: { default: number; min: number; max: number }): number {
    return this.#number(name, options, /^-?\d+$/);
  }

  /** A decimal number from `min` to `max`, both included. */
  decimal(name: string, options: { default: number; min: number; max: number }): number {
    return this.#number(name, options, /^-?\d+(\.\d+)?$/);
  }

  /** One of a fixed set of words. */
  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    this.fault(name, `must be one of ${choices.join(", ")}`, value);
    return fallback;
  }

  /** Words separated by commas, without blanks around them; `fallback` when unset. */
  list(name: string, fallback: readonly string[]): readonly string[] {
    const value = this.text(name);
    if (value === undefined) return fallback;
    return value.split(",").map((word) => word.trim()).filter((word) => word !== "");
  }

  /** Records a fault in the house form: action, rule, actual value, of which a secret is not shown. */
  fault(name: string, rule: string, value: string): void {
    this.#faults.push(`Cannot read ${name}: ${rule}, is ${settingExcerpt(value)}`);
  }

  /** Records a fault that somebody else has found and put into the house form. */
  record(fault: string): void {
    this.#faults.push(fault);
  }

  /** @throws {ConfigError} with every fault so far, if there is one */
  throwFaults(): void {
    if (this.#faults.length > 0) throw new ConfigError(this.#faults);
  }

  #number(
    name: string,
    options: { default: number; min: number; max: number },
    shape: RegExp,
  ): number {
    const value = this.text(name);
    if (value === undefined) return options.default;
    const number = Number(value);
    if (shape.test(value) && number >= options.min && number <= options.max) return number;
    this.fault(name, `must be ${options.min} to ${options.max}`, value);
    return options.default;
  }
}
