import assert from "node:assert/strict";
import { ConfigError } from "../../src/errors.ts";

/** An environment that has these variables and no others. */
export function environmentOf(values: Readonly<Record<string, string>>) {
  return (name: string): string | undefined => values[name];
}

/** What is wrong with the settings that are read, by the `ConfigError` thrown; nothing if none is. */
export function faultsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.faults;
  }
  return [];
}
