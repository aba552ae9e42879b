import { CLOSE_CODES } from "../session/close_codes.ts";
import type { StopReason } from "./link_state.ts";

/**
 * What the user of a terminal program can do where a server wanted another token than it got, as a sentence
 * to stand behind what happened; empty where that was not the reason.
 */
export function tokenAdvice(reason: StopReason): string {
  const { unauthenticated, expired } = CLOSE_CODES;
  const isForToken = reason.kind === "closed" &&
    [unauthenticated, expired].some((end) =>
      end.code === reason.code && end.reason === reason.reason
    );
  return isForToken ? " Set QUOTEWIRE_TOKEN to a token that the server takes." : "";
}
