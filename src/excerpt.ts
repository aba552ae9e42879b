/** Shorter than any token: those of `AUTH_TOKENS` have 16 characters at least, and JWTs many more. */
const WORD_CHARACTERS_MAX = 15;
/** Names of hosts have longer words than others; no part of a JWT that says anything is as short. */
const HOST_WORD_CHARACTERS_MAX = 31;
/** Paths are seldom longer, and of a key in one line little else is left. */
const SETTING_CHARACTERS_MAX = 128;
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

/**
 * What a fault shows of something that the operator set: without quotes, and as it is, unless it could be a
 * secret that belongs into another setting. A key, which has lines, is told by its length alone.
 */
export function settingExcerpt(value: string): string {
  const isWhole = value.length > SETTING_CHARACTERS_MAX || /[\r\n]|-----BEGIN /.test(value);
  if (isWhole) return `a text of ${value.length} characters`;
  return withoutLongWords(value, HOST_WORD_CHARACTERS_MAX);
}

/** An error's text, which may quote a setting or a part of it again, with that as `settingExcerpt` shows it. */
export function withoutSetting(text: string, value: string): string {
  const shown = text.replaceAll(value, () => settingExcerpt(value));
  return withoutLongWords(shown, HOST_WORD_CHARACTERS_MAX);
}

/** The text, with each word of more than so many characters of a token replaced by its length. */
export function withoutLongWords(text: string, charactersMax = WORD_CHARACTERS_MAX): string {
  return text.replaceAll(
    /[A-Za-z0-9_~-]+/g,
    (word) => word.length > charactersMax ? `[${word.length} characters]` : word,
  );
}
