import { errorText } from "./errors.ts";

/**
 * Why a file that a setting names cannot be read. What Deno says where a permission is missing leads astray:
 * the flag that it recommends takes the place of all that the task is granted.
 */
export function fileFault(error: unknown): string {
  if (!(error instanceof Deno.errors.NotCapable)) return errorText(error);
  return "the task may not read it; docs/security.md#permissions-and-supply-chain says where it may";
}
