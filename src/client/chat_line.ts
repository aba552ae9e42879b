/** What a line that somebody typed asks for. */
export type ChatLine =
  | { readonly kind: "empty" }
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "username"; readonly name: string }
  | { readonly kind: "binary"; readonly text: string }
  | { readonly kind: "file"; readonly path: string }
  /** `path` is undefined where the file's own name is meant. */
  | { readonly kind: "save"; readonly number: number; readonly path: string | undefined }
  | { readonly kind: "who" }
  | { readonly kind: "help" }
  | { readonly kind: "quit" }
  /** The line cannot be understood; `message` says why. */
  | { readonly kind: "fault"; readonly message: string };

/** Every command, as somebody types it, and what it does. */
export const CHAT_COMMANDS: readonly { readonly usage: string; readonly does: string }[] = [
  { usage: "/username NAME", does: "changes your name" },
  { usage: "/who", does: "shows who is in the room" },
  { usage: "/file PATH", does: "sends a file" },
  { usage: "/save NUMBER [PATH]", does: "saves a received file, never over another" },
  { usage: "/binary TEXT", does: "sends the text as bytes" },
  { usage: "/help", does: "shows this" },
  { usage: "/quit", does: "leaves" },
];

/** Their words, with the slash. */
export const COMMAND_WORDS: readonly string[] = CHAT_COMMANDS.map(({ usage }) =>
  usage.split(" ")[0] ?? usage
);

/** Reads a typed line: a command begins with one slash, a text that begins with a slash with two. */
export function readChatLine(line: string): ChatLine {
  if (line.trim() === "") return { kind: "empty" };
  if (line.startsWith("//")) return { kind: "say", text: line.slice(1) };
  if (!line.startsWith("/")) return { kind: "say", text: line };
  const [, word = "", rest = ""] = /^(\S+)\s?([^]*)$/.exec(line) ?? [];
  const value = rest.trim();
  switch (word) {
    case "/username":
      return value === "" ? missing("/username NAME", "a name") : { kind: "username", name: value };
    case "/binary":
      return rest === "" ? missing("/binary TEXT", "a text") : { kind: "binary", text: rest };
    case "/file":
      return value === "" ? missing("/file PATH", "a path") : { kind: "file", path: bare(value) };
    case "/save":
      return readSave(value);
    case "/who":
    case "/help":
    case "/quit":
      return value === "" ? { kind: bareWord(word) } : tooMuch(word, value);
    default:
      return {
        kind: "fault",
        message: `Cannot run ${word}: must be one of ${COMMAND_WORDS.join(", ")}. ` +
          "A text that begins with a slash is sent with two: //",
      };
  }
}

function readSave(value: string): ChatLine {
  const [, digits, path = ""] = /^#?(\d{1,9})(?:\s+([^]+))?$/.exec(value) ?? [];
  if (digits === undefined) return missing("/save NUMBER [PATH]", "the number of a file");
  return { kind: "save", number: Number(digits), path: path === "" ? undefined : bare(path) };
}

function bareWord(word: "/who" | "/help" | "/quit"): "who" | "help" | "quit" {
  if (word === "/who") return "who";
  return word === "/help" ? "help" : "quit";
}

function missing(usage: string, what: string): ChatLine {
  return { kind: "fault", message: `Cannot run ${usage}: must be given ${what}` };
}

function tooMuch(word: string, value: string): ChatLine {
  return { kind: "fault", message: `Cannot run ${word}: must stand alone, is given ${value}` };
}

/** A path without the quotes that a file manager puts around what is dropped on a terminal. */
function bare(path: string): string {
  return /^(["'])([^]+)\1$/.exec(path)?.[2] ?? path;
}
