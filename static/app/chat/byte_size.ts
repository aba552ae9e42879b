/** A number of bytes for people: "45 KB". */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${roundUp(bytes / 1000)} KB`;
  return `${roundUp(bytes / 1_000_000)} MB`;
}

function roundUp(amount: number): string {
  return String(Math.ceil(amount * 10) / 10);
}
