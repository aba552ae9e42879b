import type { FeedClient } from "../../src/client/feed_client.ts";
import { Board } from "./board/board.tsx";
import type { BoardModel } from "./board/board_model.ts";
import type { ChatStore } from "./chat/chat_store.ts";
import type { PriceStore } from "./price_store.ts";
import { RenewalBanner } from "./sign_in/renewal_banner.tsx";
import type { SignIn } from "./sign_in/sign_in.ts";
import { SignInPanel } from "./sign_in/sign_in_panel.tsx";
import { StatusBanner } from "./status_banner.tsx";
import { TopBar } from "./top_bar.tsx";

/** The page. */
export function App(
  { store, board, client, chat, signIn }: {
    readonly store: PriceStore;
    readonly board: BoardModel;
    readonly client: FeedClient;
    readonly chat: ChatStore;
    readonly signIn: SignIn;
  },
) {
  return (
    <>
      <TopBar store={store} chat={chat} signIn={signIn} />
      <main>
        {signIn.isBarred.value ? <SignInPanel signIn={signIn} /> : (
          <>
            <RenewalBanner signIn={signIn} />
            <StatusBanner store={store} client={client} />
            <Board board={board} chat={chat} />
          </>
        )}
      </main>
    </>
  );
}
