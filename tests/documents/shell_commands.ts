import type { Block, Document } from "./document.ts";

/** A command that a document tells its reader to type. */
export interface DocumentCommand {
  /** In one line, without its comment. */
  readonly text: string;
  readonly path: string;
  readonly line: number;
  /** Whether it stands in a sentence, where it may be there to be named alone. */
  readonly isInline: boolean;
}

const SHELL_LANGUAGES = ["sh", "bash", "shell", "console"];
const INLINE_COMMAND_REGEXP =
  /(^|[|&;] *)(npx -y \S+ |deno (task|run|install) \S|docker compose \S+ \S)/;

/** All commands of a document, in their order. */
export function commandsOf({ path, blocks, inline }: Document): DocumentCommand[] {
  const typed = blocks.filter(({ language }) => SHELL_LANGUAGES.includes(language))
    .flatMap((block) => blockCommands(block))
    .map((command) => ({ ...command, path, isInline: false }));
  const named = inline.filter(({ text }) => INLINE_COMMAND_REGEXP.test(text))
    .map((command) => ({ ...command, path, isInline: true }));
  return [...typed, ...named].sort((a, b) => a.line - b.line);
}

/** A line that ends in a backslash goes on in the next. */
function blockCommands({ text, line }: Block): { text: string; line: number }[] {
  const commands: { text: string; line: number }[] = [];
  let begun: { text: string; line: number } | undefined;
  for (const [index, part] of text.split("\n").entries()) {
    const words = withoutComment(part).trim();
    if (words === "" && begun === undefined) continue;
    begun = begun === undefined
      ? { text: words, line: line + 1 + index }
      : { ...begun, text: `${begun.text} ${words}`.trim() };
    if (begun.text.endsWith("\\")) {
      begun = { ...begun, text: begun.text.slice(0, -1).trim() };
    } else {
      commands.push(begun);
      begun = undefined;
    }
  }
  return begun === undefined ? commands : [...commands, begun];
}

/** A comment begins with a # that begins a word outside of quotes. */
function withoutComment(line: string): string {
  let quote = "";
  for (const [index, char] of [...line].entries()) {
    if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === "'" || char === '"') quote = char;
    else if (char === "#" && (index === 0 || /\s/.test(line[index - 1] ?? ""))) {
      return line.slice(0, index);
    }
  }
  return line;
}
