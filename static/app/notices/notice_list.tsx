import { CloseIcon } from "../chat/chat_icons.tsx";
import type { Notice, Notices } from "./notices.ts";

/** The notices in a corner of the page. What is added is read out when the reader pauses. */
export function NoticeList({ notices }: { readonly notices: Notices }) {
  return (
    <div class="notices" role="log" aria-live="polite" aria-label="Notices">
      {notices.shown.value.map((notice) => (
        <NoticeBox
          key={notice.id}
          notice={notice}
          dismiss={() => notices.dismiss(notice.id)}
        />
      ))}
    </div>
  );
}

function NoticeBox({ notice, dismiss }: { readonly notice: Notice; dismiss(): void }) {
  const { tone, title, detail } = notice;
  return (
    <div class={`notice-box is-${tone}`}>
      <p class="notice-title">{title}</p>
      {detail !== undefined && <p class="notice-detail">{detail}</p>}
      <button type="button" class="icon-button" aria-label={`Dismiss: ${title}`} onClick={dismiss}>
        <CloseIcon />
      </button>
    </div>
  );
}
