import { type AddressSet, readAddress } from "../address.ts";

/** Who makes a request. */
export interface Client {
  /** As far as it is believed. */
  readonly address: string;
  /** The same for the log, with the connection that it came by. */
  readonly peer: string;
}

/** Proxies in a row that are believed; more than any network has. */
const HOPS_MAX = 16;

/**
 * Whose request it is. Anybody can write an `X-Forwarded-For` header, so it counts only as far as it was
 * written by proxies that the operator trusts: read from its end, the first address that is not one of
 * theirs is the client.
 *
 * @param peer address at the other end of the connection
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | null,
  trustedProxies: AddressSet,
): string {
  const hops = (forwardedFor ?? "").split(",").slice(-HOPS_MAX);
  let address = readAddress(peer) ?? peer;
  while (trustedProxies.has(address)) {
    const before = readAddress(hops.pop() ?? "");
    if (before === undefined) return address;
    address = before;
  }
  return address;
}

/**
 * Whose request it is, and by which connection.
 *
 * @param remote the other end of the connection
 */
export function clientOf(
  { headers }: Request,
  { hostname, port }: Pick<Deno.NetAddr, "hostname" | "port">,
  trustedProxies: AddressSet,
): Client {
  const address = clientAddress(hostname, headers.get("x-forwarded-for"), trustedProxies);
  const end = `${hostname}:${port}`;
  return { address, peer: address === hostname ? end : `${address} through ${end}` };
}
