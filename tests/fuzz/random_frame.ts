import type { Chance } from "./chance.ts";
import { type MESSAGES, randomText } from "./random_message.ts";

/** What a frame's header says; its length need not be that of the payload. */
export interface FrameParts {
  readonly isLast: boolean;
  /** Three bits, which have to be 0 without an extension. */
  readonly reserved: number;
  readonly opcode: number;
  readonly payload: Uint8Array<ArrayBuffer>;
  /** Undefined leaves the payload as it is, which no client may. */
  readonly mask: Uint8Array<ArrayBuffer> | undefined;
  readonly declaredLength?: bigint;
}

const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const CLOSE_CODES = [
  0,
  999,
  1000,
  1001,
  1004,
  1005,
  1006,
  1007,
  1012,
  1015,
  2999,
  3000,
  4999,
] as const;
/** Ends in half a character, a stray byte, a code of half a pair, an overlong slash. */
const BAD_UTF8: readonly (readonly number[])[] = [[0xe2, 0x82], [0xff], [0xed, 0xa0, 0x80], [
  0xc0,
  0xaf,
], [0xf8, 0x88]];
const BINARY_BYTES_MAX = 4000;
const SHORT_LENGTH_MAX = 125;
const LENGTH_16_BITS_MAX = 65_535;

/** Encodes a frame, right or wrong. */
export function encodeFrame(parts: FrameParts): Uint8Array<ArrayBuffer> {
  const { payload, mask } = parts;
  const length = parts.declaredLength ?? BigInt(payload.length);
  const first = (parts.isLast ? 0x80 : 0) | parts.reserved << 4 | parts.opcode;
  const masked = mask === undefined ? 0 : 0x80;
  const head = length <= SHORT_LENGTH_MAX
    ? [first, masked | Number(length)]
    : length <= LENGTH_16_BITS_MAX
    ? [first, masked | 126, Number(length >> 8n), Number(length & 255n)]
    : [first, masked | 127, ...bytesOf(length)];
  const body = mask === undefined
    ? payload
    : payload.map((byte, index) => byte ^ (mask[index % mask.length] ?? 0));
  return new Uint8Array([...head, ...(mask ?? []), ...body]);
}

function bytesOf(length: bigint): number[] {
  return Array.from({ length: 8 }, (_, index) => Number(length >> BigInt(56 - 8 * index) & 255n));
}

/** The bytes of one thing that a client might do to the server. */
export function randomFrames(chance: Chance, kind: keyof typeof MESSAGES): Uint8Array<ArrayBuffer> {
  const frame = (
    opcode: number,
    payload: Uint8Array<ArrayBuffer>,
    more: Partial<FrameParts> = {},
  ) =>
    encodeFrame({
      isLast: true,
      reserved: 0,
      opcode,
      payload,
      mask: Uint8Array.from({ length: 4 }, () => chance.below(256)),
      ...more,
    });
  const text = () => new TextEncoder().encode(randomText(chance, kind));
  const none = new Uint8Array();
  const rare = [
    // Opcodes that are reserved.
    () => frame(chance.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), text()),
    () => frame(TEXT, text(), { reserved: 1 + chance.below(7) }),
    () => frame(chance.pick([TEXT, BINARY, PING]), text(), { mask: undefined }),
    // Control frames that are too long, or in fragments.
    () => frame(chance.pick([CLOSE, PING, PONG]), new Uint8Array(126 + chance.below(200))),
    () => frame(chance.pick([CLOSE, PING, PONG]), none, { isLast: false }),
    () => frame(CLOSE, closePayload(chance)),
    () => frame(TEXT, new Uint8Array([...text(), ...chance.pick(BAD_UTF8)])),
    // More is announced than comes: the rest of the connection counts as this frame's payload.
    () =>
      frame(chance.pick([TEXT, BINARY, CONTINUATION, PING]), text(), {
        declaredLength: chance.pick([
          126n,
          65_536n,
          2n ** 26n,
          2n ** 32n,
          2n ** 53n,
          2n ** 63n,
          2n ** 64n - 1n,
        ]),
      }),
    () => frame(CONTINUATION, text()),
    // A message begins within a message.
    () => join(frame(TEXT, text(), { isLast: false }), frame(TEXT, text())),
    () => chance.bytes(300),
  ] as const;
  const usual = [
    () => frame(TEXT, text()),
    () => frame(BINARY, chance.bytes(BINARY_BYTES_MAX)),
    () => frame(chance.pick([PING, PONG]), chance.bytes(SHORT_LENGTH_MAX)),
    () => fragments(chance, frame, text()),
  ] as const;
  return chance.percent(15) ? chance.pick(rare)() : chance.pick(usual)();
}

function fragments(
  chance: Chance,
  frame: (
    opcode: number,
    payload: Uint8Array<ArrayBuffer>,
    more: Partial<FrameParts>,
  ) => Uint8Array<ArrayBuffer>,
  payload: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const count = 2 + chance.below(6);
  for (let index = 0; index < count; index += 1) {
    const slice = payload.slice(
      Math.floor(payload.length * index / count),
      Math.floor(payload.length * (index + 1) / count),
    );
    parts.push(frame(index === 0 ? TEXT : CONTINUATION, slice, { isLast: index === count - 1 }));
    // Control frames may come between; others may not.
    if (chance.percent(30)) parts.push(frame(PING, new Uint8Array(chance.below(20)), {}));
  }
  return join(...parts);
}

function closePayload(chance: Chance): Uint8Array<ArrayBuffer> {
  if (chance.percent(20)) return new Uint8Array(chance.below(2));
  const code = chance.pick(CLOSE_CODES);
  const reason = chance.percent(30) ? chance.pick(BAD_UTF8) : new TextEncoder().encode("bye");
  return new Uint8Array([code >> 8, code & 255, ...reason]);
}

/** One after the other. */
export function join(...parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
