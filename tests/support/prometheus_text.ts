import assert from "node:assert/strict";

/** One line of figures. */
export interface PrometheusSample {
  /** Of a histogram's part: `NAME_bucket`, `NAME_sum`, `NAME_count`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What is said of one metric. */
export interface PrometheusFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: PrometheusSample[];
}

const SCRAPE_DEADLINE_MS = 10_000;
const SAMPLE_REGEXP = /^([a-z_:][a-z0-9_:]*)(?:\{([^}]*)\})? (\S+)$/i;
const LABEL_REGEXP = /([a-z_][a-z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/gi;

/**
 * Reads the text format of Prometheus, version 0.0.4, by families; written from its description, and not by
 * the library that writes it.
 *
 * @throws {assert.AssertionError} where the text breaks a rule of the format
 */
export function readPrometheusText(text: string): Map<string, PrometheusFamily> {
  assert.ok(text.endsWith("\n"), "the last line ends");
  const families = new Map<string, PrometheusFamily>();
  let help: readonly [string, string] | undefined;
  let current: [string, PrometheusFamily] | undefined;
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [, word, about = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (word === "HELP") help = [about, rest];
    else if (word === "TYPE") {
      assert.equal(help?.[0], about, "the help of the same comes before");
      assert.ok(!families.has(about), `${about} comes once`);
      current = [about, { type: rest, help: help?.[1] ?? "", samples: [] }];
      families.set(...current);
    } else {
      assert.ok(current !== undefined, line);
      current[1].samples.push(readSample(line, current));
    }
  }
  return families;
}

/** The one sample with all of these labels. */
export function figure(
  families: ReadonlyMap<string, PrometheusFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ""));
  const found = family?.samples.filter((sample) =>
    sample.name === name &&
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value)
  ) ?? [];
  assert.equal(found.length, 1, `${name} ${JSON.stringify(labels)}`);
  return found[0]?.value ?? NaN;
}

function readSample(
  line: string,
  [family, { type, samples }]: readonly [string, PrometheusFamily],
): PrometheusSample {
  const [, name = "", labelText = "", number = ""] = SAMPLE_REGEXP.exec(line) ?? assert.fail(line);
  const parts = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
  assert.ok(parts.some((part) => name === family + part), `${name} belongs to ${family}`);
  const pairs = [...labelText.matchAll(LABEL_REGEXP)];
  assert.equal(pairs.map(([whole]) => whole).join(""), labelText, "labels are as they must be");
  const labels = Object.fromEntries(pairs.map(([, label = "", value = ""]) => [label, value]));
  const value = number === "+Inf" ? Infinity : Number(number);
  assert.ok(!Number.isNaN(value), line);
  const twin = samples.some((one) =>
    one.name === name && JSON.stringify(one.labels) === JSON.stringify(labels)
  );
  assert.ok(!twin, `${line} comes once`);
  return { name, labels, value };
}

/** What a program says at `/metrics`. @param url of the program, without a path */
export async function scrape(
  url: string,
  token?: string,
  deadlineMs = SCRAPE_DEADLINE_MS,
): Promise<{ text: string; families: Map<string, PrometheusFamily> }> {
  const answer = await fetch(`${url}/metrics`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(deadlineMs),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  return { text, families: readPrometheusText(text) };
}
