/** How a body may be sent: as it is, or compressed. */
export type ContentCoding = "identity" | "gzip";

/**
 * What a client is sent that says this in `Accept-Encoding` (RFC 9110, section 12.5.3). Without the
 * header, or where gzip is refused by a weight of 0, as it is.
 */
export function codingFor(acceptEncoding: string | null): ContentCoding {
  const weights = new Map<string, number>();
  for (const item of acceptEncoding?.toLowerCase().split(",") ?? []) {
    const [name = "", ...parameters] = item.split(";").map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    weights.set(name, weight === undefined ? 1 : Number(weight.slice(2)));
  }
  return (weights.get("gzip") ?? weights.get("*") ?? 0) > 0 ? "gzip" : "identity";
}
