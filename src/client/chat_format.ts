import {
  type ChatBinary,
  type ChatSaid,
  type ChatSystem,
  nameKey,
} from "../session/chat_protocol.ts";
import { fromBase64 } from "./base64.ts";
import type { OutgoingContent } from "./outgoing_message.ts";
import { printable, textWidth } from "./terminal_text.ts";

/** How a chat is shown. */
export interface ChatFormatOptions {
  readonly colours: boolean;
  /** Of the machine when left out. */
  readonly timeZone?: string;
}

/** Readable on dark and on light; which one somebody gets depends on the name alone. */
const NAME_COLOURS = [31, 32, 33, 34, 35, 36, 91, 92, 94, 95, 96] as const;
const DIM = "\x1b[2m";
const RED = "\x1b[31m";
const PLAIN = "\x1b[0m";
/** Bytes shown of what is no text. */
const HEX_BYTES_MAX = 16;
/** Characters shown of bytes that are a text. */
const TEXT_CHARACTERS_MAX = 60;

/** Turns what happens in a chat into lines for a terminal, harmless whatever they hold. */
export class ChatFormat {
  readonly #colours: boolean;
  readonly #time: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;

  constructor(options: ChatFormatOptions) {
    this.#colours = options.colours;
    const zone = options.timeZone === undefined ? {} : { timeZone: options.timeZone };
    this.#time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", ...zone });
    this.#day = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", ...zone });
  }

  /**
   * Something that somebody said; a text of several lines takes several.
   *
   * @param number under which `/save` finds what was sent as bytes
   */
  said(said: ChatSaid, nowMs: number, number?: number): string[] {
    const time = this.#timeOf(said.timestamp * 1000, nowMs);
    if (said.type === "message") return this.#block(time, said.username, said.content);
    const save = number === undefined ? "" : ` (/save ${number})`;
    return [`${this.#dim(time)} ${this.#name(said.username)} sent ${receivedText(said)}${save}`];
  }

  /** What this client said itself. */
  own(username: string, message: OutgoingContent, nowMs: number): string[] {
    const time = this.#timeOf(nowMs, nowMs);
    if (message.kind === "text") return this.#block(time, username, message.content);
    return [`${this.#dim(time)} ${this.#name(username)} sent ${bytesText(message)}`];
  }

  /** Somebody came or went, or the history has something to say. */
  system(system: ChatSystem, nowMs: number): string[] {
    const time = this.#timeOf(system.timestamp * 1000, nowMs);
    return [this.#dim(`${time} * ${printable(system.content)}`)];
  }

  /** Something that this client has to say by itself. */
  note(text: string, nowMs: number): string[] {
    return text.split("\n").map((line) =>
      this.#dim(`${this.#timeOf(nowMs, nowMs)} - ${printable(line)}`)
    );
  }

  /** Something went wrong. */
  fault(text: string): string[] {
    const line = `! ${printable(text)}`;
    return [this.#colours ? RED + line + PLAIN : line];
  }

  #block(time: string, username: string, content: string): string[] {
    const [first = "", ...others] = content.split("\n").map(shownText);
    const indent = " ".repeat(textWidth(`${time} ${printable(username)}: `));
    return [
      `${this.#dim(time)} ${this.#name(username)}: ${first}`,
      ...others.map((line) => indent + line),
    ];
  }

  #timeOf(timeMs: number, nowMs: number): string {
    // A server may send any number; a date has its limits.
    const date = new Date(timeMs);
    if (Number.isNaN(date.getTime())) return "--:--";
    const day = this.#day.format(date);
    const time = this.#time.format(date);
    return day === this.#day.format(nowMs) ? time : `${day} ${time}`;
  }

  #name(username: string): string {
    const name = printable(username);
    if (!this.#colours) return name;
    const colour = NAME_COLOURS[hash(nameKey(username)) % NAME_COLOURS.length] ?? NAME_COLOURS[0];
    return `\x1b[${colour}m${name}${PLAIN}`;
  }

  #dim(text: string): string {
    return this.#colours ? DIM + text + PLAIN : text;
  }
}

/** What somebody sent, in a few words; a server may pass on what is not in base64. */
export function receivedText({ name, data }: ChatBinary): string {
  const bytes = fromBase64(data);
  return bytes === undefined ? "bytes that cannot be read" : bytesText({ name, bytes });
}

/** What bytes are, in a few words: a file by its name, a text as it reads, anything else in hexadecimal. */
export function bytesText(sent: {
  readonly name?: string | undefined;
  readonly bytes: Uint8Array;
}): string {
  const size = sizeText(sent.bytes.length);
  if (sent.name !== undefined) return `the file "${printable(sent.name)}", ${size}`;
  return `${size}: ${contentText(sent.bytes)}`;
}

/** `1 byte`, `512 bytes`, `12.3 KB`. */
export function sizeText(bytes: number): string {
  if (bytes === 1) return "1 byte";
  return bytes < 1000 ? `${bytes} bytes` : `${(bytes / 1000).toFixed(1)} KB`;
}

function contentText(bytes: Uint8Array): string {
  const text = readText(bytes);
  if (text !== undefined) {
    const characters = [...text];
    const cut = characters.slice(0, TEXT_CHARACTERS_MAX).join("");
    return `"${printable(cut)}${characters.length > TEXT_CHARACTERS_MAX ? "…" : ""}"`;
  }
  const shown = bytes.subarray(0, HEX_BYTES_MAX).toHex().replace(/..(?=.)/g, "$& ");
  return bytes.length > HEX_BYTES_MAX ? `${shown} …` : shown;
}

/** The bytes as a text, where they are one that can be shown. */
function readText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return printable(text) === text ? text : undefined;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Tabs would depend on the terminal's stops. */
function shownText(text: string): string {
  return printable(text.replaceAll("\t", "    "));
}

/** FNV-1a: spreads similar names. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  }
  return value;
}
