import type { PlantedMistake } from "./planting.ts";

const OUTBOX = "session/outbox.ts";
const SESSION = "session/v1_session.ts";
const STREAM = "session/shared_stream.ts";
const SNAPSHOTS = "session/shared_snapshots.ts";
const GROUP = "session/session_group.ts";
const REPLICA = "hub/replica.ts";
const LAST_WORD = "hub/last_word.ts";
const PUBLISHER = "hub/publisher.ts";
const BOOK = "price/book.ts";

/** Mistakes in the source that the simulation has to find. */
export const PLANTED_MISTAKES: readonly PlantedMistake[] = [
  {
    mistake: "rows are left out when there are too many",
    file: "feed/reader.ts",
    right: 'if (changes.kind !== "rows") {',
    wrong: 'if (changes.kind !== "rows") return []; if (changes.kind !== "rows") {',
  },
  {
    mistake: "the cursor of one database server is taken to another",
    file: "feed/reader.ts",
    right: 'if (changes.kind !== "rows") {',
    wrong: 'if (changes.kind === "other_server") { ' +
      "this.#cursor = { ...cursor, server: String(Number(cursor.server) + 1) }; return []; } " +
      'if (changes.kind !== "rows") {',
  },
  {
    mistake: "the day's first price is that of the day before",
    file: "feed/opening_prices.ts",
    right: "opening.day >= utcDay(row.timestamp)",
    wrong: "opening.day >= 0",
  },
  {
    mistake: "of two prices of the same second the earlier stays",
    file: "price/quote.ts",
    right: "|| (a.timestamp === b.timestamp && a.id > b.id)",
    wrong: "",
  },
  {
    mistake: "a quote is kept under the position before its own",
    file: BOOK,
    right: "this.#table.write(number, numbers, seq);",
    wrong: "this.#table.write(number, numbers, seq - 1);",
  },
  {
    mistake: "a copy of the book is merged with the history that was there",
    file: BOOK,
    right: "this.#table.forget(number);\n",
    wrong: "",
  },
  {
    mistake: "a worker does not see that batches between two are missing",
    file: REPLICA,
    right: "if (!known || notice.seq > this.#seq + 1) {",
    wrong: "if (!known) {",
  },
  {
    mistake: "a worker does not see that the last batch is missing",
    file: REPLICA,
    right: "|| envelope.seq > this.#seq;",
    wrong: ";",
  },
  {
    mistake: "a batch that waited for the book is taken though the book has it",
    file: REPLICA,
    right: "if (known && notice.seq <= this.#seq) return;",
    wrong: "",
  },
  {
    mistake: "a new epoch goes on with the old book",
    file: REPLICA,
    right: "if (replaced) this.#book = new Book();",
    wrong: "",
  },
  {
    mistake: "silence on the hub is not noticed",
    file: REPLICA,
    right: "if (silentMs > SILENCE_MS_MAX) return",
    wrong: "if (silentMs > Infinity) return",
  },
  {
    mistake: "a word of the hub counts from when it is heard",
    file: LAST_WORD,
    right: "Math.max(beforeMs, nowMs - waitedMs)",
    wrong: "nowMs",
  },
  {
    mistake: "a worker asks only once for the book",
    file: REPLICA,
    right: "> BOOK_DEADLINE_MS) this.#state = this.#ask();",
    wrong: "> Infinity) this.#state = this.#ask();",
  },
  {
    mistake: "a copy of the book names the position after its own",
    file: PUBLISHER,
    right: 'kind: "book",\n      epoch: this.epoch,\n      seq: this.#seq,',
    wrong: 'kind: "book",\n      epoch: this.epoch,\n      seq: this.#seq + 1,',
  },
  {
    mistake: "the beginning is put into the epoch before it",
    file: PUBLISHER,
    right: "this.#epoch = crypto.randomUUID();",
    wrong: "",
  },
  {
    mistake: "batches after the beginning name its symbols anew",
    file: PUBLISHER,
    right: "new BatchBuilder(this.#epoch, this.#book.entries())",
    wrong: "new BatchBuilder(this.#epoch)",
  },
  {
    mistake: "a resume by delta begins one batch too late",
    file: SESSION,
    right: "entry.seq > fromSeq)",
    wrong: "entry.seq > fromSeq + 1)",
  },
  {
    mistake: "a client is resumed in an epoch that it does not know",
    file: SESSION,
    right: "const known = message.epoch === view.epoch;",
    wrong: "const known = true;",
  },
  {
    mistake: "a client that knows more than its worker is taken back",
    file: SESSION,
    right: "const to = known ? Math.max(message.seq, view.seq) : view.seq;",
    wrong: "const to = view.seq;",
  },
  {
    mistake: "a new symbol's snapshot drops what waits of the others",
    file: SESSION,
    right: "const hasTheRest = this.#outbox.idle &&",
    wrong: "const hasTheRest =",
  },
  {
    mistake: "a heartbeat names the book's position while something waits",
    file: SESSION,
    right: "this.#ahead?.seq ?? this.#outbox.seq(view.seq)",
    wrong: "this.#ahead?.seq ?? view.seq",
  },
  {
    mistake: "a heartbeat names a position within a snapshot that the client did not ask for",
    file: SESSION,
    right: "if (this.#startsOver && this.#outbox.owesSnapshot) return;",
    wrong: "",
  },
  {
    mistake: "the first part of an update claims all of it",
    file: OUTBOX,
    right: "const seq = last ? this.#offeredSeq : this.#sentSeq;",
    wrong: "const seq = this.#offeredSeq;",
  },
  {
    mistake: "what waits claims to have been sent",
    file: OUTBOX,
    right: "if (this.idle) this.#sentSeq = change.fromSeq;",
    wrong: "if (this.idle) this.#sentSeq = change.seq;",
  },
  {
    mistake: "what was left out is told twice",
    file: OUTBOX,
    right: "this.#conflated = 0;\n    this.#next",
    wrong: "this.#next",
  },
  {
    mistake: "what a snapshot makes needless is not counted",
    file: OUTBOX,
    right: "this.#conflated += this.#pending.size;",
    wrong: "",
  },
  {
    mistake: "snapshots are sent above the high-water mark",
    file: OUTBOX,
    right: "if (this.#snapshot !== undefined && this.#highWater.writable(nowMs)) {",
    wrong: "if (this.#snapshot !== undefined) {",
  },
  {
    mistake: "updates are sent while a snapshot waits for its turn",
    file: OUTBOX,
    right: "while (this.#snapshot === undefined && this.#pending.size > 0",
    wrong: "while (this.#pending.size > 0",
  },
  {
    mistake: "an update overtakes a snapshot that waits for its turn",
    file: OUTBOX,
    right: "const isOwed = !this.idle ||",
    wrong: "const isOwed = this.#pending.size > 0 ||",
  },
  {
    mistake: "a client's rate is kept only while something waits",
    file: OUTBOX,
    right: "!isOwed && this.#mayUpdate(nowMs)",
    wrong: "!isOwed && this.#highWater.writable(nowMs)",
  },
  {
    mistake: "a snapshot of the position before is shared",
    file: SNAPSHOTS,
    right: "if (epoch === this.#epoch && seq === this.#seq) return;",
    wrong: "if (epoch === this.#epoch) return;",
  },
  {
    mistake: "a snapshot of another epoch is shared",
    file: SNAPSHOTS,
    right: "if (epoch === this.#epoch && seq === this.#seq) return;",
    wrong: "if (seq === this.#seq) return;",
  },
  {
    mistake: "a client's place in its stream is not moved",
    file: STREAM,
    right: "place.piece = this.#last;",
    wrong: "",
  },
  {
    mistake: "a stream goes on for a client at another place",
    file: STREAM,
    right: "place.piece === before)",
    wrong: "place.piece > 0)",
  },
  {
    mistake: "a stream never begins anew",
    file: STREAM,
    right: "this.#awaited = true;\n",
    wrong: "",
  },
  {
    mistake: "a client is heard while it is still to get a change",
    file: GROUP,
    right: "this.#fanOut.finish();\n    this.#guard(member, act);",
    wrong: "this.#guard(member, act);",
  },
  {
    mistake: "a client takes the snapshot of some symbols for all there is",
    file: "client/client_book.ts",
    right: "const replaces = message.epoch !== this.#position?.epoch;",
    wrong: "const replaces = true;",
  },
];
