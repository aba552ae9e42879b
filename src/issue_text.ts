import * as v from "valibot";

const ISSUES_MAX = 3;
const CHARACTERS_MAX = 460;

/** What is wrong with input, in few words however much it is: the first three issues, with their places. */
export function issueText(issues: readonly v.BaseIssue<unknown>[]): string {
  const texts = issues.slice(0, ISSUES_MAX).map((issue) => {
    const path = v.getDotPath(issue);
    return path === null ? issue.message : `${path}: ${issue.message}`;
  });
  return texts.join("; ").slice(0, CHARACTERS_MAX);
}
