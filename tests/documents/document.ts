/** A fenced block of a document. */
export interface Block {
  /** The first word after the fence, such as `sh`; empty where there is none. */
  readonly language: string;
  /** The words after it. */
  readonly attributes: readonly string[];
  readonly text: string;
  /** Line of its fence in the document, from 1. */
  readonly line: number;
  /** Text of the heading above it. */
  readonly heading: string;
}

/** A stretch of code within a sentence. */
export interface InlineCode {
  readonly text: string;
  readonly line: number;
}

/** A Markdown file, taken apart as far as tests need it. */
export interface Document {
  /** Relative to the project's folder. */
  readonly path: string;
  readonly blocks: readonly Block[];
  readonly inline: readonly InlineCode[];
  /** The text without its blocks, line for line. */
  readonly prose: string;
}

const FENCE_REGEXP = /^( *)```+(.*)$/;
const HEADING_REGEXP = /^#+ +(.*)$/;

/** Takes a document apart. @param path told in what is found wrong with it */
export function parseDocument(path: string, text: string): Document {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let heading = "";
  let open: { indent: number; words: string[]; line: number; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const [, indent = "", info = ""] = FENCE_REGEXP.exec(line) ?? [];
    const isFence = FENCE_REGEXP.test(line);
    if (open === undefined && !isFence) {
      heading = HEADING_REGEXP.exec(line)?.[1] ?? heading;
      prose.push(line);
      continue;
    }
    prose.push("");
    if (open === undefined) {
      open = {
        indent: indent.length,
        words: info.trim().split(/\s+/),
        line: index + 1,
        lines: [],
      };
    } else if (!isFence) {
      open.lines.push(line.slice(open.indent));
    } else {
      const [language = "", ...attributes] = open.words;
      blocks.push({ language, attributes, text: open.lines.join("\n"), line: open.line, heading });
      open = undefined;
    }
  }
  return { path, blocks, inline: inlineCode(prose), prose: prose.join("\n") };
}

/** A sentence's line may end within a stretch of code. */
function inlineCode(prose: readonly string[]): InlineCode[] {
  const text = prose.join("\n");
  return [...text.matchAll(/(`+)(?!`)([^`]+)\1(?!`)/g)].map((match) => ({
    text: (match[2] ?? "").replace(/\s+/g, " "),
    line: text.slice(0, match.index).split("\n").length,
  }));
}

/** The anchors that a document's headings have, as GitHub makes them. */
export function anchorsOf({ prose }: Document): Set<string> {
  const anchors = new Set<string>();
  for (const line of prose.split("\n")) {
    const heading = HEADING_REGEXP.exec(line)?.[1];
    if (heading === undefined) continue;
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = words.replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-");
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The block of a language below a heading; the only one, or the one at `position`, from 0. */
export function blockOf(
  { path, blocks }: Document,
  heading: string,
  language: string,
  position = 0,
): string {
  const found = blocks.filter((block) => block.heading === heading && block.language === language);
  const block = found[position];
  if (block === undefined) {
    throw new RangeError(
      `Cannot read ${path}: below "${heading}" must be ${language} block ${position}, are ${found.length}`,
    );
  }
  return block.text;
}
