import assert from "node:assert/strict";
import type { ChatMessage } from "../db/chat_store.ts";
import { joinedHistory, type JoinedHistoryOptions } from "./joined_history.ts";

/** An id whose place among others is that of its first letter; the last is what lasts of it. */
function idOf(name: string): string {
  return `${name.at(0)}0000000-0000-7000-8000-00000000000${name.at(-1)}`;
}

function said(...names: string[]): ChatMessage[] {
  return names.map((text) => {
    const content = { kind: "text", text } as const;
    return { id: idOf(text), room: "lobby", username: "ada", timeMs: 0, content };
  });
}

function joined(
  page: string[],
  recent: string[],
  options: Partial<JoinedHistoryOptions> & { more?: boolean } = {},
): string {
  const { more: pageMore = false, ...rest } = options;
  const { messages, more } = joinedHistory(
    { messages: said(...page), more: pageMore },
    said(...recent),
    {
      limit: 10,
      after: undefined,
      isPending: () => false,
      ...rest,
    },
  );
  return messages.map(({ id }) => id.at(0)).join("") + (more ? "+" : "");
}

Deno.test("joinedHistory() has what the database and the room know, each once, in order", () => {
  assert.equal(joined(["a", "b", "d"], ["c", "d", "e"]), "abcde");
});

Deno.test("joinedHistory() leaves out what the room is still to be told", () => {
  assert.equal(joined(["a", "b", "c"], ["a"], { isPending: (id) => id > idOf("a") }), "a");
});

Deno.test("joinedHistory() has nothing from before the last message that the newcomer knows", () => {
  assert.equal(joined(["c"], ["a", "b", "c", "d"], { after: idOf("b") }), "cd");
});

Deno.test("joinedHistory() ends at the limit and says that there is more", () => {
  assert.equal(joined(["a", "b"], ["b", "c"], { limit: 2 }), "bc+");
  assert.equal(joined(["a"], ["b"], { limit: 0 }), "+");
});

Deno.test("joinedHistory() leaves no hole where the database had more than the page", () => {
  assert.equal(joined(["c", "d"], ["a", "d", "e"], { more: true }), "cde+");
});

Deno.test("joinedHistory() has what the room knows when the database has nothing to say", () => {
  assert.equal(joined([], ["a", "b"]), "ab");
});

// A message that was told as not stored was written after all, under another id, and came twice.
Deno.test("joinedHistory() has a message once that the room was told under another id", () => {
  assert.equal(joined(["a", "dx"], ["bx", "c"]), "abc");
});
