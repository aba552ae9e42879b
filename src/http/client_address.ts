import { type AddressSet, readAddress } from "../address.ts";

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
