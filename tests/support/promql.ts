/** What an expression of PromQL speaks of. */
export interface Spoken {
  readonly metrics: readonly string[];
  /** In selectors and in lists such as `by (…)`. */
  readonly labels: readonly string[];
}

const STRING_REGEXP = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g;
const RANGE_REGEXP = /\[[^\]]*\]/g;
const SELECTOR_REGEXP = /\{([^}]*)\}/g;
const LIST_REGEXP = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const NAME_REGEXP = /[a-zA-Z_:][a-zA-Z0-9_:]*(?!\s*\(|[a-zA-Z0-9_:])/g;
const WORDS = new Set(
  "and or unless bool offset by without on ignoring group_left group_right inf nan".split(" "),
);

/**
 * The metrics and labels that an expression names. Reads what is left when texts, ranges, selectors and
 * lists of labels are taken out: names that are no function, operator or number.
 */
export function spokenOf(expression: string): Spoken {
  const labels = new Set<string>();
  const take = (_: string, names: string) => {
    for (const [name] of names.matchAll(/[a-zA-Z_]\w*/g)) labels.add(name);
    return " ";
  };
  const rest = expression
    .replaceAll(STRING_REGEXP, "")
    .replaceAll(RANGE_REGEXP, " ")
    .replaceAll(SELECTOR_REGEXP, take)
    .replaceAll(LIST_REGEXP, take)
    // Numbers, that of 1e3 as well.
    .replaceAll(/\b\d[\w.]*/g, " ");
  const names = [...rest.matchAll(NAME_REGEXP)].map(([name]) => name);
  const metrics = new Set(names.filter((name) => !WORDS.has(name.toLowerCase())));
  return { metrics: [...metrics], labels: [...labels] };
}
