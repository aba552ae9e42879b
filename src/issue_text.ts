import * as v from "valibot";
import { withoutLongWords } from "./excerpt.ts";

const ISSUES_MAX = 3;
const CHARACTERS_MAX = 460;
/** What lies behind is cut off in any case. */
const READ_CHARACTERS_MAX = 4096;

/**
 * What is wrong with input, in few words however much it is: the first three issues, with their places, and
 * with no word that could be a token.
 */
export function issueText(issues: readonly v.BaseIssue<unknown>[]): string {
  const texts = issues.slice(0, ISSUES_MAX).map((issue) => {
    const path = v.getDotPath(issue);
    return path === null ? issue.message : `${path}: ${issue.message}`;
  });
  return withoutLongWords(texts.join("; ").slice(0, READ_CHARACTERS_MAX)).slice(0, CHARACTERS_MAX);
}
