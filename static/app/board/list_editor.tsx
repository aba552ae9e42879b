import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import { saveFile } from "./save_file.ts";
import { CSV_BYTES_MAX, csvText, readWatchlistCsv, watchlistCsv } from "./watchlist_csv.ts";
import { type Watchlist, WATCHLIST_LIMITS, type Watchlists } from "./watchlists.ts";

/** Where watchlists are made, named, ordered, filled, removed, taken out and brought in. */
export function ListEditor(
  { watchlists, dialog }: {
    readonly watchlists: Watchlists;
    readonly dialog: RefObject<HTMLDialogElement | null>;
  },
) {
  const lists = watchlists.lists.value;
  const said = useSignal("");
  return (
    <dialog
      ref={dialog}
      class="list-editor"
      aria-labelledby="list-editor-title"
      onClose={() => {
        said.value = "";
        watchlists.notice.value = "";
      }}
    >
      <header>
        <h2 id="list-editor-title">Watchlists</h2>
        <form method="dialog">
          <button type="submit">Done</button>
        </form>
      </header>
      {lists.length === 0 && (
        <p class="list-none">No lists yet. Make one here, or mark a symbol with its star.</p>
      )}
      {lists.length > 0 && (
        <ol>
          {lists.map((list, index) => (
            <ListEntry
              key={list.id}
              list={list}
              watchlists={watchlists}
              isFirst={index === 0}
              isLast={index === lists.length - 1}
              removed={() => said.value = `“${list.name}” is removed.`}
            />
          ))}
        </ol>
      )}
      <NewList watchlists={watchlists} />
      <p class="list-said" role="status">
        {said.value} {watchlists.notice.value}{" "}
        {watchlists.canRestore.value && (
          <button type="button" onClick={() => watchlists.restore()}>Undo</button>
        )}
      </p>
      <footer>
        <ImportButton watchlists={watchlists} report={(text) => said.value = text} />
        <button
          type="button"
          disabled={lists.length === 0}
          onClick={() => saveFile("watchlists.csv", "text/csv", watchlistCsv(lists))}
        >
          Export CSV
        </button>
      </footer>
    </dialog>
  );
}

function ListEntry(
  { list, watchlists, isFirst, isLast, removed }: {
    readonly list: Watchlist;
    readonly watchlists: Watchlists;
    readonly isFirst: boolean;
    readonly isLast: boolean;
    readonly removed: () => void;
  },
) {
  const { id, name, symbols } = list;
  return (
    <li class="list-entry">
      <input
        aria-label={`Name of ${name}`}
        maxLength={WATCHLIST_LIMITS.nameCharactersMax}
        value={name}
        onChange={({ currentTarget }) => {
          watchlists.rename(id, currentTarget.value);
          // What was not taken does not stand there as if it were.
          currentTarget.value = watchlists.get(id)?.name ?? "";
        }}
      />
      <button
        type="button"
        disabled={isFirst}
        aria-label={`Move ${name} up`}
        title="Up"
        onClick={() => watchlists.move(id, -1)}
      >
        ↑
      </button>
      <button
        type="button"
        disabled={isLast}
        aria-label={`Move ${name} down`}
        title="Down"
        onClick={() => watchlists.move(id, 1)}
      >
        ↓
      </button>
      <button
        type="button"
        aria-label={`Remove ${name}`}
        title="Remove"
        onClick={() => {
          watchlists.remove(id);
          removed();
        }}
      >
        ✕
      </button>
      <details>
        <summary>{counted(symbols.length, "symbol")}</summary>
        <textarea
          aria-label={`Symbols of ${name}, one a line`}
          rows={6}
          spellcheck={false}
          autocapitalize="off"
          placeholder="One symbol a line"
          value={symbols.join("\n")}
          onChange={({ currentTarget }) => {
            const lines = currentTarget.value.split("\n").map((line) => line.trim());
            watchlists.setSymbols(id, lines.filter((line) => line !== ""));
            currentTarget.value = watchlists.get(id)?.symbols.join("\n") ?? "";
          }}
        />
      </details>
    </li>
  );
}

function NewList({ watchlists }: { readonly watchlists: Watchlists }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <form
      class="list-new"
      onSubmit={(event) => {
        event.preventDefault();
        if (input.current === null) return;
        const id = watchlists.add(input.current.value);
        if (id === undefined) return;
        input.current.value = "";
        watchlists.choose(id);
      }}
    >
      <input
        ref={input}
        aria-label="Name of a new list"
        placeholder="New list"
        maxLength={WATCHLIST_LIMITS.nameCharactersMax}
      />
      <button type="submit">Add</button>
    </form>
  );
}

function ImportButton(
  { watchlists, report }: {
    readonly watchlists: Watchlists;
    readonly report: (text: string) => void;
  },
) {
  const read = async (file: File) => {
    watchlists.notice.value = "";
    if (file.size > CSV_BYTES_MAX) {
      const megabytes = CSV_BYTES_MAX / 1e6;
      return report(`Cannot import ${file.name}: must have at most ${megabytes} MB.`);
    }
    const { lists, linesLeftOut } = readWatchlistCsv(
      csvText(new Uint8Array(await file.arrayBuffer())),
      file.name.replace(/\.\w+$/, ""),
    );
    const symbols = watchlists.merge(lists);
    const left = linesLeftOut === 0 ? "" : ` Lines without a usable symbol: ${linesLeftOut}.`;
    report(
      `${file.name}: ${counted(symbols, "new symbol")}, ${counted(lists.size, "list")}.${left}`,
    );
  };
  return (
    <label class="list-import">
      Import CSV
      <input
        type="file"
        class="visually-hidden"
        accept=".csv,text/csv"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file === undefined) return;
          read(file).catch((error: unknown) =>
            report(`Cannot import ${file.name}: ${error instanceof Error ? error.message : error}`)
          );
          // The same file can be chosen again.
          currentTarget.value = "";
        }}
      />
    </label>
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
