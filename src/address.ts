import { BlockList, isIP } from "node:net";

const LOOPBACK_NAME_REGEXP = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;
const WITH_PORT_REGEXP = /^(?:\[(?<v6>[^\]]+)\](?::\d+)?|(?<v4>[\d.]+):\d+)$/;
/** First six groups of an IPv6 address that stands for one of IPv4. */
const MAPPED_PREFIX = "0,0,0,0,0,65535";

/** Whether an address to listen on is reachable from this machine alone. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_NAME_REGEXP.test(host);
}

/** An IP address without port, brackets and zone, IPv4 in its own form; `undefined` for anything else. */
export function readAddress(text: string): string | undefined {
  const groups = WITH_PORT_REGEXP.exec(text.trim())?.groups;
  const address = (groups?.["v6"] ?? groups?.["v4"] ?? text.trim()).replace(/%.*$/, "");
  if (isIP(address) === 0) return undefined;
  if (isIP(address) === 4) return address;
  const parts = groupsOf(address);
  if (parts.slice(0, 6).join() !== MAPPED_PREFIX) return address;
  return parts.slice(6).flatMap((part) => [part >> 8, part & 255]).join(".");
}

/**
 * What one subscriber of a network holds: an IPv4 address, or the /64 of an IPv6 address, within which a
 * household or a rented machine has as many addresses as it likes (RFC 6177, section 2).
 */
export function subscriberOf(address: string): string {
  const plain = readAddress(address);
  if (plain === undefined || isIP(plain) === 4) return plain ?? address;
  return `${groupsOf(plain).slice(0, 4).map((part) => part.toString(16)).join(":")}::/64`;
}

/** A set of IP addresses and networks. */
export class AddressSet {
  readonly #list = new BlockList();

  /**
   * @param words addresses such as `10.0.0.7` and networks such as `10.0.0.0/8` or `fd00::/8`; the zone of
   * one, as in `fe80::1%eth0`, is left out, as it is of those that are looked up
   * @throws {RangeError} for a word that is neither
   */
  constructor(words: readonly string[]) {
    for (const word of words) {
      const network = readNetwork(word);
      if (network === undefined) {
        throw new RangeError(`Cannot read an address: must be an IP or IP/BITS, is ${word}`);
      }
      this.#list.addSubnet(network.address, network.bits, network.family);
    }
  }

  /** Whether the constructor takes this word. */
  static isWord(word: string): boolean {
    return readNetwork(word) !== undefined;
  }

  has(address: string): boolean {
    const plain = readAddress(address);
    return plain !== undefined && this.#list.check(plain, familyOf(plain));
  }
}

interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: "ipv4" | "ipv6";
}

function readNetwork(word: string): Network | undefined {
  const [, address = "", digits] = /^([^/%]+)(?:%[^/]*)?(?:\/(\d{1,3}))?$/.exec(word) ?? [];
  const family = familyOf(address);
  if (family === undefined) return undefined;
  const bitsMax = family === "ipv4" ? 32 : 128;
  const bits = digits === undefined ? bitsMax : Number(digits);
  return bits <= bitsMax ? { address, bits, family } : undefined;
}

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? "ipv4" : "ipv6";
}

/** The eight numbers of an IPv6 address. */
function groupsOf(address: string): number[] {
  // A URL writes every address in one way, the mapped ones in hexadecimal too.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [left = [], right = []] = canonical.split("::")
    .map((half) => half.split(":").filter((part) => part !== ""));
  const zeros = new Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...zeros, ...right].map((part) => Number.parseInt(part, 16));
}
