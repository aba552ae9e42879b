import { useEffect, useRef, useState } from "preact/hooks";
import { CHAT_LIMITS } from "../../../src/session/chat_protocol.ts";
import { ClipIcon } from "./chat_icons.tsx";
import type { ChatStore } from "./chat_store.ts";
import { NameForm } from "./name_form.tsx";
import type { RoomStore } from "./room_store.ts";
import { sendFiles } from "./send_files.ts";

/** Where the user writes. */
export function Composer({ room, chat }: { readonly room: RoomStore; readonly chat: ChatStore }) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // On a touch screen this would cover the messages with a keyboard.
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);
  const send = () => {
    const text = room.draft.peek().trim();
    if (text !== "" && room.say(text)) room.draft.value = "";
  };
  const problem = room.problem.value;
  return (
    <div class="composer">
      {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
      <form
        class="composer-form"
        onSubmit={(event) => {
          event.preventDefault();
          send();
          field.current?.focus();
        }}
      >
        <label class="visually-hidden" for="chat-draft">Message to {room.label}</label>
        <textarea
          id="chat-draft"
          ref={field}
          rows={1}
          maxLength={CHAT_LIMITS.contentMax}
          placeholder={`Message ${room.label}`}
          title="Enter sends, Shift+Enter starts a new line"
          value={room.draft}
          onInput={(event) => room.draft.value = event.currentTarget.value}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <FileButton room={room} />
        <button type="submit" class="primary">Send</button>
      </form>
      <OwnName room={room} chat={chat} />
    </div>
  );
}

function FileButton({ room }: { readonly room: RoomStore }) {
  return (
    <label class="attach" title="Send a file">
      <ClipIcon />
      <span class="visually-hidden">Send a file</span>
      <input
        type="file"
        class="visually-hidden"
        multiple
        onChange={async ({ currentTarget }) => {
          await sendFiles(room, currentTarget.files);
          currentTarget.value = "";
        }}
      />
    </label>
  );
}

function OwnName({ room, chat }: { readonly room: RoomStore; readonly chat: ChatStore }) {
  const [isChanging, setChanging] = useState(false);
  const state = room.state.value;
  const username = (state.phase === "left" ? undefined : state.username) ?? chat.username.value;
  if (!isChanging) {
    return (
      <p class="own-name">
        You are <strong>{username}</strong>
        <button type="button" class="plain" onClick={() => setChanging(true)}>Change name</button>
      </p>
    );
  }
  return (
    <NameForm
      label="Your name"
      action="Change"
      initial={username ?? ""}
      submit={async (name) => {
        const problem = await chat.choose(name);
        if (problem === undefined) setChanging(false);
        return problem;
      }}
      cancel={() => setChanging(false)}
    />
  );
}
