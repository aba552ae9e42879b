/** Shorter than any token: those of `AUTH_TOKENS` have 16 characters at least, and JWTs many more. */
const WORD_CHARACTERS_MAX = 15;
/** Names of hosts have longer words than others; no part of a JWT that says anything is as short. */
const HOST_WORD_CHARACTERS_MAX = 31;
const EXCERPT_CHARACTERS_MAX = 64;
/** More is not looked at; whatever it holds is cut off. */
const READ_CHARACTERS_MAX = 1024;

/**
 * What a fault quotes of something that a client sent: in quotes, and short. Somebody who mistakes one
 * place for another may have put a token there, so a word that could be one, or a part of one, is told
 * by its length alone.
 */
export function excerpt(text: string): string {
  const shown = withoutLongWords(text.slice(0, READ_CHARACTERS_MAX));
  const isCut = shown.length > EXCERPT_CHARACTERS_MAX || text.length > READ_CHARACTERS_MAX;
  return `${JSON.stringify(shown.slice(0, EXCERPT_CHARACTERS_MAX))}${isCut ? "…" : ""}`;
}

/** As `excerpt`, of a host or an origin: without quotes, and with longer words. */
export function hostExcerpt(host: string): string {
  const shown = withoutLongWords(host.slice(0, READ_CHARACTERS_MAX), HOST_WORD_CHARACTERS_MAX);
  return shown.length > EXCERPT_CHARACTERS_MAX
    ? `${shown.slice(0, EXCERPT_CHARACTERS_MAX)}…`
    : shown;
}

/** The text, with each word of more than so many characters of a token replaced by its length. */
export function withoutLongWords(text: string, charactersMax = WORD_CHARACTERS_MAX): string {
  return text.replaceAll(
    /[A-Za-z0-9_~-]+/g,
    (word) => word.length > charactersMax ? `[${word.length} characters]` : word,
  );
}
