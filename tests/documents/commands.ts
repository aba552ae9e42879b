import {
  afterMigration,
  atServer,
  besideAggregator,
  besideTls,
  builds,
  checkFiles,
  checkScenarios,
  firstMessage,
  freesLeaderLock,
  hasPrices,
  instead,
  isRunByCi,
  isThere,
  makesTrigger,
  runsSql,
  runWith,
  startsAgain,
  statusOf,
  whileServing,
  writesPrices,
} from "./command_parts.ts";
import { STAGE_TOKEN } from "./command_stage.ts";
import { checkComposeCommand } from "./compose_command.ts";
import { ends, notRun, serves, shows, testedBy, type Treatment } from "./treatment.ts";

const WSCAT = "npx -y wscat@6.1.0 --connect ";
const TRUSTING_WATCH = "DENO_CERT=certs/authority.pem deno task watch https://feed.example:8080";
const WORKSHOP_WATCH = "QUOTEWIRE_TOKEN=the-token-of-the-workshop deno task watch";
const OWN_TABLE = testedBy("tests/documents/own_table_test.ts", "docs/tutorials/own_table.md");
const NO_DOCKER = "tests have no Docker";

/**
 * What is done with each command that the documents tell their readers to type, in the documents' words. To
 * add one, choose how it is run:
 *
 * - `ends({ prints })`: it is run to its end, and must succeed.
 * - `serves({ does })`: a server: it is started on a free port, asked, and stopped by Ctrl-C.
 * - `shows(/text/)`: it goes on until it is stopped, once it has printed that.
 * - `testedBy(FILE, TEXT)`: another test runs it already.
 * - `notRun(REASON, CHECK)`: no test can run it; the check holds what can be held all the same.
 *
 * All run in a copy of the project, with `DATABASE_URL` and `PORT` of the stage's Postgres and server, and with
 * 127.0.0.1:8080 in the command taken for that server; `typed` changes what else has to differ here. `RULES`
 * below has what is done with all commands of a form: compose, `psql -c`, `curl -s`, sudo.
 */
export const COMMANDS: Readonly<Record<string, Treatment>> = {
  // README.md
  "npx -y deno@2.9.6 task demo": serves({ env: { DATABASE_URL: "" }, does: hasPrices }),
  "npx -y deno@2.9.6 task test": notRun("it would run itself", isRunByCi),
  "FEED_MODE=listen deno task serve": serves({ does: hasPrices }),
  "deno task aggregator": writesPrices(),
  "deno task watch": shows(/AAPL/, { typed: atServer("/ws") }),

  "deno task top": shows(/live/, { typed: atServer("/") }),

  // CONTRIBUTING.md
  'npx -y deno@2.9.6 task test src/price/book_test.ts --filter "keeps the newer"': ends({
    prints: /^1 passed, 0 failed$/m,
  }),
  "npx -y deno@2.9.6 task ok": notRun("it would run itself", isRunByCi),
  "deno task ok": notRun("it would run itself", isRunByCi),
  "deno task client:build && npm publish ./dist/client --access public": ends({
    typed: instead(" && npm publish ./dist/client --access public", ""),
  }),
  "cd src && deno publish": ends({
    typed: instead("deno publish", "deno publish --dry-run --allow-dirty"),
  }),
  "deno run -A tools/screenshots.ts": notRun("it takes pictures for a minute", isThere),

  // docs/operations.md
  "deno task health": ends({ prints: /"status":"ok"/ }),
  "deno task health --ready": ends({ prints: /"status":"live"/ }),
  "deno task top https://feed.example": shows(/live/, {
    typed: instead("https://feed.example", "http://127.0.0.1:8080"),
  }),
  "OTEL_DENO=true OTEL_SERVICE_NAME=quotewire OTEL_EXPORTER_OTLP_TIMEOUT=2000 OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 deno task serve":
    serves(),
  "df -h": ends(),
  "curl -s localhost:9464/metrics | grep -E '_total|buffered'": besideAggregator("localhost:9464"),
  // What was wrong: the document said how to enable it, which cannot be done once it was dropped.
  'psql "$DATABASE_URL" -c "create or replace trigger quotewire_stock_prices_inserted after insert on stock_prices for each statement execute function quotewire_notify_stock_prices()"':
    makesTrigger("quotewire_stock_prices_inserted"),
  [`psql "$DATABASE_URL" -c "select pg_terminate_backend(pid) from pg_stat_activity join pg_locks using (pid) where locktype = 'advisory' and granted and application_name like 'quotewire leader%' and datname = current_database()"`]:
    freesLeaderLock,
  [`top -H -p "$(pgrep -nf '[m]ain.ts serve')"`]: ends({
    // Without a terminal it can only print once.
    typed: instead("top -H", "top -H -b -n 1"),
    // How many threads there are depends on what was read lately: those of Deno's pool end when they idle.
    prints: /^Threads: [^]+ worker-/m,
  }),
  "openssl s_client -connect localhost:8080 -servername feed.example </dev/null 2>/dev/null | openssl x509 -noout -enddate -subject":
    besideTls("localhost:8080", /notAfter=/),

  // docs/performance.md
  "deno task build": ends(),
  "deno task bench --list": ends({ prints: /^dense /m }),
  "deno task bench --document": ends(),

  // docs/protocol.md
  "deno task chat": ends({ typed: atServer("/chat"), input: "hello\n" }),
  "echo hello | deno task chat": ends({ typed: atServer("/chat") }),
  "deno task simple-client": ends({ typed: atServer("/chat"), input: "hello\n" }),
  "deno task demo:chat": testedBy("tests/integration/chat_demo_test.ts", "demo-chat"),

  // docs/reliability.md
  "until deno task serve; do sleep 1; done": startsAgain,
  "deno task simulate --seeds=100000": ends({ typed: instead("100000", "3"), prints: /keep all/ }),
  "deno task simulate --seed=17 --seeds=1000": ends({
    typed: instead("1000", "3"),
    prints: /3 seeds from 17 keep all/,
  }),
  "deno task simulate --seed=17": ends({ prints: /1 seeds from 17 keep all/ }),
  "deno task fuzz --seconds=60": ends({ typed: instead("60", "1"), prints: /Seed \d+/ }),
  "deno task fuzz --seed=800633621 --session=1234": ends({ prints: /Seed 800633621/ }),
  "deno task soak --minutes=60": ends({ typed: instead("60", "0.05") }),

  // docs/security.md
  'AUTH_TOKENS="ada:$(openssl rand -hex 24),board:$(openssl rand -hex 24)" deno task serve': serves(
    {
      does: async (_, url) => (await statusOf(`${url}/api/prices`)) === 401,
    },
  ),
  "QUOTEWIRE_TOKEN=… deno task watch": shows(/AAPL/, {
    typed: async (command, stage) =>
      `${command.replace("…", STAGE_TOKEN)} ${(await stage.guarded()).socketUrl}/ws`,
  }),
  "TLS_CERT=certs/server.pem TLS_KEY=certs/server.key HOST=0.0.0.0 deno task serve": serves({
    tls: true,
    does: whileServing(TRUSTING_WATCH, "https://feed.example:8080"),
  }),
  [TRUSTING_WATCH]: runWith("the server above it"),
  "ALLOWED_HOSTS=feed.example TRUSTED_PROXIES=127.0.0.1 deno task serve": serves(),
  "deno run -q --no-prompt -P=serve --allow-read=.env,src,static,migrations,node_modules,/etc/letsencrypt main.ts serve":
    serves(),
  "DATABASE_URL=embedded:.data/postgres deno run -q --no-prompt -P=embedded main.ts prune --days=90":
    ends({ typed: afterMigration }),
  "deno install --frozen": notRun("it asks the registry", isRunByCi),

  // docs/tutorials/own_table.md
  "DATABASE_URL=postgres://user:password@localhost:5432/stockdb deno task db:migrate": OWN_TABLE,
  "DATABASE_URL=postgres://quotewire_server:choose%20one@localhost:5432/stockdb FEED_MODE=listen deno task serve":
    OWN_TABLE,
  'curl -s "http://127.0.0.1:8080/api/prices?symbols=ADS,ASML"': OWN_TABLE,
  "deno task watch --symbols ADS,ASML": OWN_TABLE,
  "deno run --allow-net=127.0.0.1 alarm.ts 220": OWN_TABLE,

  // docs/tutorials/websocket_workshop.md
  "LOG_LEVEL=info deno task demo": serves({
    does: async (shell, url) => {
      await hasPrices(shell, url);
      await firstMessage(new WebSocket(`${url}/echo`));
      return /Session closed: echo/.test(shell.output);
    },
  }),
  [`${WSCAT}ws://127.0.0.1:8080/echo --execute hello --wait 1`]: ends({ prints: /^hello$/m }),
  [`${WSCAT}ws://127.0.0.1:8080/echo --origin https://stranger.example`]: ends({
    prints: /403/,
    code: 255,
  }),
  "deno run --allow-net=127.0.0.1 echo.ts": builds(
    "Part 1: a connection",
    "echo.ts",
    async (url) => {
      const socket = new WebSocket(url);
      socket.onopen = () => socket.send("mine");
      return await firstMessage(socket) === "mine";
    },
  ),
  [`${WSCAT}ws://127.0.0.1:8080/ --execute /stats --wait 2`]: ends({
    prints: /"connected"[^]*"AAPL"[^]*"active_clients":\d/,
  }),
  "deno run --allow-net=127.0.0.1 broadcast.ts": builds(
    "Part 2: a broadcast",
    "broadcast.ts",
    async (url) => JSON.parse(await firstMessage(new WebSocket(url))).source === "mine",
  ),
  "FEED_MODE=poll deno task demo": serves({
    does: async (_, url) => (await (await fetch(`${url}/readyz`)).json()).feed.mode === "poll",
  }),
  [`npx -y wscat@6.1.0 --subprotocol quotewire.v1.json --connect ws://127.0.0.1:8080/ws --execute '{"type":"subscribe","id":1,"symbols":["AAPL"],"history":10}' --wait 2`]:
    ends({ prints: /"snapshot"[^]*"history":\[\[[^]*"heartbeat"/ }),
  "deno task watch --compress --symbols AAPL": shows(/AAPL/, { typed: atServer("/ws") }),
  "AUTH_TOKENS=workshop:the-token-of-the-workshop deno task demo": serves({
    does: whileServing(WORKSHOP_WATCH, "deno task watch", (url) => `deno task watch ${url}`),
  }),
  [WORKSHOP_WATCH]: runWith("the demo above it"),
  [`${WSCAT}ws://127.0.0.1:8080/chat --execute hello --wait 1`]: ends(),
  [`${WSCAT}"ws://127.0.0.1:8080/events?topics=random,prices" --execute hello --wait 2`]: ends({
    prints: /"topic":"random"[^]*^hello$/m,
  }),
};

/** What is done with commands of a form, where `COMMANDS` does not name one. */
const RULES: readonly { readonly form: RegExp; readonly treatment: Treatment }[] = [
  { form: /^(\w+=\S+ )*docker compose /, treatment: notRun(NO_DOCKER, checkComposeCommand) },
  { form: /^docker [a-z]+ /, treatment: notRun(NO_DOCKER, () => {}) },
  { form: /^deno task bench( [a-z]+)*$/, treatment: notRun("it takes minutes", checkScenarios) },
  { form: /^psql "\$DATABASE_URL" -c "/, treatment: runsSql },
  { form: /^curl -s .*\b(localhost|127\.0\.0\.1):8080/, treatment: ends() },
  {
    form: /^DATABASE_URL=… deno task /,
    treatment: ends({ typed: instead("DATABASE_URL=… ", "") }),
  },
  {
    form: /\bBACKBONE=nats:\S+ deno task serve$/,
    treatment: testedBy("tests/integration/cluster_test.ts", "BACKBONE"),
  },
  {
    form: / task compile$|^dist\/quotewire /,
    treatment: testedBy("tests/integration/compile_test.ts", "tools/compile.ts"),
  },
  {
    form: /^(pg_dump|pg_restore|createdb) /,
    treatment: testedBy("tests/integration/restore_test.ts", "A dump"),
  },
  { form: /^sudo /, treatment: notRun("it changes the machine", checkFiles) },
  {
    form: /^(npm install|npm publish|deno add) /,
    treatment: notRun("it asks the registry", () => {}),
  },
];

/** The treatment of a command; undefined where nobody has said. */
export function treatmentOf(command: string): Treatment | undefined {
  return COMMANDS[command] ?? RULES.find(({ form }) => form.test(command))?.treatment;
}
