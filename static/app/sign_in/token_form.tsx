import { useEffect, useRef, useState } from "preact/hooks";
import type { SignIn } from "./sign_in.ts";

/** Asks for a token. */
export function TokenForm(
  { signIn, action, takesFocus }: {
    readonly signIn: SignIn;
    /** What the button says. */
    readonly action: string;
    /** Not where it would interrupt something. */
    readonly takesFocus: boolean;
  },
) {
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (takesFocus) input.current?.focus();
  }, []);
  const send = async (event: Event) => {
    event.preventDefault();
    setProblem(await signIn.submit(input.current?.value ?? ""));
  };
  return (
    <form class="token-form" onSubmit={send}>
      <label>
        <span>Token</span>
        <input
          ref={input}
          type="password"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          required
        />
      </label>
      <button type="submit" class="primary">{action}</button>
      {problem !== undefined && <p class="token-problem" role="alert">{problem}</p>}
    </form>
  );
}
