/** Calls `changed` whenever the page's colours may have changed; returns what ends it. */
export function watchTheme(changed: () => void): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", changed);
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true });
  return () => {
    media.removeEventListener("change", changed);
    observer.disconnect();
  };
}
