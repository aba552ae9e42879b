/**
 * Writes a Postgres array as text, to be sent as a plain parameter: `${arrayLiteral(ids)}::text::bigint[]`.
 *
 * The driver's own arrays work only once it has fetched the server's types on connecting, and with
 * several connections opening at once that can go missing for the pool's whole life (seen with
 * postgres.js 3.4.9: a `text[]` arrived as the text "{}"). So no array crosses the driver.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(arrayLiteral(["a", 'say "b"']), '{"a","say \\"b\\""}');
 * assert.equal(arrayLiteral([1, null]), "{1,NULL}");
 * ```
 */
export function arrayLiteral(values: readonly (string | number | null)[]): string {
  return `{${values.map(element).join(",")}}`;
}

function element(value: string | number | null): string {
  if (value === null) return "NULL";
  return typeof value === "number" ? String(value) : `"${value.replace(/["\\]/g, "\\$&")}"`;
}
