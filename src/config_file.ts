import { errorText } from "./errors.ts";
import { withoutSetting } from "./excerpt.ts";

/**
 * Why a file that a setting names cannot be read. What Deno says where a permission is missing leads astray:
 * the flag that it recommends takes the place of all that the task is granted. Otherwise it quotes the
 * path, which may be a secret that stands in the wrong setting.
 */
export function fileFault(error: unknown, path: string): string {
  if (!(error instanceof Deno.errors.NotCapable)) return withoutSetting(errorText(error), path);
  return "the task may not read it; docs/security.md#permissions-and-supply-chain says where it may";
}
