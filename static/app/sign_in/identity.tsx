import type { SignIn } from "./sign_in.ts";

/** As whom the user is signed in, and the way out; nothing where nobody has to be. */
export function Identity({ signIn }: { readonly signIn: SignIn }) {
  const state = signIn.state.value;
  if (state.kind !== "signed_in") return null;
  return (
    <div class="identity">
      <span title={state.subject}>{state.subject}</span>
      <button type="button" onClick={() => signIn.signOut()}>Sign out</button>
    </div>
  );
}
