/** One instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals, such as `COPY`. */
  readonly word: string;
  /** What follows it, with lines that go on joined by a blank. */
  readonly rest: string;
}

/** The instructions of each stage; each stage begins with its `FROM`. */
export function readStages(dockerfile: string): Instruction[][] {
  const stages: Instruction[][] = [];
  const lines = dockerfile.split("\n").filter((line) => !line.startsWith("#")).join("\n")
    .replace(/\\\n\s*/g, " ").split("\n");
  for (const line of lines) {
    const [, word, rest = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (word === undefined) continue;
    if (word === "FROM") stages.push([]);
    stages.at(-1)?.push({ word, rest });
  }
  return stages;
}

/**
 * What the instructions with that word say, in their order.
 *
 * @throws {RangeError} when there is none
 */
export function allOf(stage: readonly Instruction[] | undefined, word: string): string[] {
  const found = (stage ?? []).flatMap((one) => one.word === word ? [one.rest] : []);
  if (found.length === 0) throw new RangeError(`Cannot find ${word}: must be in this stage`);
  return found;
}
