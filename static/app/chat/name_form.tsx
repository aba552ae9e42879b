import { useEffect, useRef, useState } from "preact/hooks";
import { CHAT_LIMITS } from "../../../src/session/chat_protocol.ts";

/** How a `NameForm` is used. */
export interface NameFormProps {
  readonly label: string;
  /** What the button says. */
  readonly action: string;
  readonly initial: string;
  /** Takes the name; returns why not, if not. */
  submit(name: string): Promise<string | undefined> | string | undefined;
  /** Where the user may think better of it. */
  cancel?(): void;
}

/** Asks for a name: the user's, or a room's. */
export function NameForm({ label, action, initial, submit, cancel }: NameFormProps) {
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  const send = async (event: Event) => {
    event.preventDefault();
    setProblem(await submit(input.current?.value ?? ""));
  };
  return (
    <form
      class="name-form"
      onSubmit={send}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || cancel === undefined) return;
        event.stopPropagation();
        cancel();
      }}
    >
      <label>
        <span>{label}</span>
        <input
          ref={input}
          defaultValue={initial}
          maxLength={CHAT_LIMITS.roomMax}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          required
        />
      </label>
      <button type="submit" class="primary">{action}</button>
      {cancel !== undefined && <button type="button" onClick={cancel}>Cancel</button>}
      {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
    </form>
  );
}
