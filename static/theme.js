// Applies the theme that the user chose before anything is drawn: a module would come too late, and the
// policy allows no script within the page. The key is static/app/theme/theme.ts's.
try {
  const theme = localStorage.getItem("quotewire.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch (error) {
  // A browser may forbid its storage; the system's theme is as good.
  if (!(error instanceof DOMException)) throw error;
}
