import type { Context } from "hono";
import * as v from "valibot";
import { issueText } from "../issue_text.ts";

/** A symbol or source in a query. Postgres has no text with a NUL in it. */
export const apiName = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(32),
  v.excludes("\0", "must not contain NUL"),
);

/** A whole number in a query, from `min` to `max`. */
export function queryNumber(min: number, max: number) {
  return v.pipe(
    v.string(),
    v.digits(),
    v.transform(Number),
    v.minValue(min),
    v.maxValue(max),
  );
}

/** The answer to somebody whose token does not allow it. */
export function forbid(c: Context, fault: string): Response {
  return c.json({ error: "forbidden", message: `Cannot answer: ${fault}` }, 403);
}

/** The answer to a query that cannot be read. */
export function refuse(
  c: Context,
  issues: [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]],
): Response {
  const message = `Cannot read the query: ${issueText(issues)}`;
  return c.json({ error: "invalid_query", message }, 400);
}

/** The answer to somebody who may have one, but not now. */
export function excuse(c: Context, kind: "busy" | "unavailable"): Response {
  const message = kind === "busy"
    ? "Cannot answer now: too many others wait; try again in a second"
    : "Cannot answer: the database is away, or slow";
  return c.json({ error: kind, message }, 503, { "retry-after": "1" });
}
