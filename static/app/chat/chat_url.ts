/** Where the page's own server offers the chat. */
export function chatUrl(page: Pick<Location, "protocol" | "host">): string {
  return `${page.protocol === "https:" ? "wss:" : "ws:"}//${page.host}/chat`;
}
