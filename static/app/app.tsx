import { TopBar } from "./bar/top_bar.tsx";
import { Board } from "./board/board.tsx";
import type { BoardModel } from "./board/board_model.ts";
import type { ChatStore } from "./chat/chat_store.ts";
import type { Desk } from "./desk.ts";
import { StatusBanner } from "./freshness/status_banner.tsx";
import { NoticeList } from "./notices/notice_list.tsx";
import type { PriceStore } from "./price_store.ts";
import { RouteView } from "./route_view.tsx";
import { ShortcutsDialog } from "./shortcuts/shortcuts_dialog.tsx";
import { RenewalBanner } from "./sign_in/renewal_banner.tsx";
import type { SignIn } from "./sign_in/sign_in.ts";
import { SignInPanel } from "./sign_in/sign_in_panel.tsx";
import { SkipLink } from "./skip_link.tsx";
import type { ChartChoices } from "./symbol/chart_choices.ts";

/** The page. */
export function App(
  { desk, store, board, chart, chat, signIn }: {
    readonly desk: Desk;
    readonly store: PriceStore;
    readonly board: BoardModel;
    readonly chart: ChartChoices;
    readonly chat: ChatStore;
    readonly signIn: SignIn;
  },
) {
  return (
    <>
      <SkipLink />
      <TopBar desk={desk} store={store} chat={chat} signIn={signIn} />
      <main id="main" tabIndex={-1}>
        {signIn.isBarred.value ? <SignInPanel signIn={signIn} /> : (
          <>
            <RenewalBanner signIn={signIn} />
            <StatusBanner freshness={desk.freshness} client={desk.client} />
            <RouteView
              client={desk.client}
              health={store.health}
              access={signIn}
              choices={chart}
            >
              <Board board={board} alerts={desk.alerts} chat={chat} />
            </RouteView>
          </>
        )}
      </main>
      <NoticeList notices={desk.notices} />
      <ShortcutsDialog shortcuts={desk.shortcuts} />
    </>
  );
}
