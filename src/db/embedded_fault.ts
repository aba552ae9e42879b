import { errorText, SetupError } from "../errors.ts";
import { settingExcerpt, withoutSetting } from "../excerpt.ts";

/**
 * What the operator is told when the system refuses something in the folder of an embedded Postgres
 * (no permission, no space, a file in its place). Everything else comes back as it is.
 */
export function folderFault(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof SetupError || !("code" in error)) return error;
  return new SetupError(
    `Cannot use ${settingExcerpt(path)} for Postgres: ${withoutSetting(errorText(error), path)}. ` +
      "Make it a folder that this account can write, or set DATABASE_URL=embedded:DIR to another one.",
    { cause: error },
  );
}
