import * as v from "valibot";

/** Says how to draw the picture before it, or joins two: who reads a name sees pictures, and not these. */
const EMOJI_FORMAT_REGEXP = /[\ufe0e\ufe0f\u200d]/g;

/** Takes out of a name of the chat what nobody sees, and people type with their pictures. */
export const withoutEmojiFormat: v.TransformAction<string, string> = v.transform((name) =>
  name.replace(EMOJI_FORMAT_REGEXP, "")
);
