/** What a server has acknowledged to send. */
export interface Grant {
  readonly symbols: readonly string[] | "*";
  /** Only this one sends them; the next sends what it is asked for itself. */
  readonly session: string | undefined;
}

/** Of nothing. */
export const NO_GRANT: Grant = { symbols: [], session: undefined };

/** The symbols that are sent in that session because they were named. */
export function namedIn({ symbols, session }: Grant, inSession: string | undefined): string[] {
  return symbols === "*" || session !== inSession ? [] : [...symbols];
}
