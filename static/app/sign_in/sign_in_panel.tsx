import type { SignIn } from "./sign_in.ts";
import { TokenForm } from "./token_form.tsx";

/** In the place of the prices, while the server does not show them. */
export function SignInPanel({ signIn }: { readonly signIn: SignIn }) {
  const state = signIn.state.value;
  if (state.kind !== "needed") return null;
  return (
    <section class="sign-in" aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">Sign in</h2>
      {state.why !== undefined && <p role="alert">{state.why}</p>}
      <p>
        This server shows its prices to those with a token. Whoever runs it gives you one. It is
        kept in this tab, and forgotten with it.
      </p>
      <TokenForm signIn={signIn} action="Sign in" takesFocus />
    </section>
  );
}
