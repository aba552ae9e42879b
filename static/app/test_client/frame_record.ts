/** What a WebSocket carries. */
export type FrameData = string | ArrayBuffer;

/** One message, as the page lists it: its data is not kept, only the beginning of it. */
export interface FrameRecord {
  readonly id: number;
  readonly direction: "in" | "out";
  readonly kind: "text" | "binary";
  readonly bytes: number;
  readonly atMs: number;
  /** The text, decompressed where need be, or bytes in hexadecimal; cut where it is long. Untrusted: show it as text alone. */
  readonly preview: string;
  /** For an echo: how long it took to come back. */
  readonly roundTripMs: number | undefined;
}

const PREVIEW_CHARACTERS_MAX = 1000;
const PREVIEW_BYTES_MAX = 64;

let lastId = 0;

/** What is known of a message beside its data. */
export interface FrameNotes {
  /** For an echo: how long it took to come back. */
  readonly roundTripMs?: number | undefined;
  /** What a compressed message holds: shown instead of its bytes. */
  readonly text?: string | undefined;
}

/** Describes a message that was sent or received. */
export function frameRecord(
  direction: FrameRecord["direction"],
  data: FrameData,
  atMs: number,
  { roundTripMs, text }: FrameNotes = {},
): FrameRecord {
  lastId += 1;
  return {
    id: lastId,
    direction,
    kind: typeof data === "string" ? "text" : "binary",
    bytes: typeof data === "string" ? new TextEncoder().encode(data).length : data.byteLength,
    atMs,
    preview: preview(text ?? data),
    roundTripMs,
  };
}

function preview(data: FrameData): string {
  return typeof data === "string" ? textPreview(data) : bytesPreview(data);
}

function textPreview(text: string): string {
  return text.length <= PREVIEW_CHARACTERS_MAX ? text : `${text.slice(0, PREVIEW_CHARACTERS_MAX)}…`;
}

function bytesPreview(data: ArrayBuffer): string {
  const shown = new Uint8Array(data, 0, Math.min(data.byteLength, PREVIEW_BYTES_MAX));
  const hex = [...shown].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return data.byteLength <= PREVIEW_BYTES_MAX ? hex : `${hex} …`;
}
