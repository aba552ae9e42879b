import { format } from "../format.ts";
import type { SignIn } from "./sign_in.ts";
import { TokenForm } from "./token_form.tsx";

/** Asks for another token shortly before the one in use expires; the prices go on meanwhile. */
export function RenewalBanner({ signIn }: { readonly signIn: SignIn }) {
  const state = signIn.state.value;
  if (state.kind !== "signed_in" || !state.endsSoon || state.endsAtMs === undefined) return null;
  return (
    <aside class="banner is-delayed" aria-label="Your token expires soon">
      <p>
        <strong>Your token expires at {format.time(state.endsAtMs / 1000)}.</strong>{" "}
        With a new one the prices go on without a break.
      </p>
      <TokenForm signIn={signIn} action="Stay signed in" takesFocus={false} />
    </aside>
  );
}
