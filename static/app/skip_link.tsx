/** The first stop of the Tab key: past the bar, to the prices. The fragment belongs to the views. */
export function SkipLink() {
  return (
    <a
      class="skip-link"
      href="#main"
      onClick={(event) => {
        event.preventDefault();
        document.getElementById("main")?.focus();
      }}
    >
      Skip to the prices
    </a>
  );
}
