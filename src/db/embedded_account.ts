import { dirname } from "node:path";
import { SetupError } from "../errors.ts";
import { type Account, runProgram } from "./embedded_program.ts";

const ACCOUNT_NAME = "postgres";
const CREATE_ACCOUNT = [
  "useradd",
  "--system",
  "--user-group",
  "--no-create-home",
  "--shell",
  "/usr/sbin/nologin",
  ACCOUNT_NAME,
] as const;
const DEADLINE_MS = 10_000;

/**
 * The account that Postgres has to run as, because it refuses to run as root: the owner of the data
 * when there is some, otherwise the system account `postgres`, which is created when it is missing.
 * Undefined when we are not root: Postgres then runs as ourselves.
 *
 * @param dataDirectory need not exist yet
 * @throws {SetupError} when there is no such account and none can be created
 */
export async function serverAccount(
  dataDirectory: string,
  signal?: AbortSignal,
): Promise<Account | undefined> {
  if (Deno.uid() !== 0) return undefined;
  const owner = await ownerOf(dataDirectory);
  if (owner !== undefined && owner.uid !== 0) return owner;
  return await lookUp(signal) ?? await create(signal);
}

/**
 * Tells from the permission bits whether an account can reach a path: enter every folder on the way,
 * and read it (and enter it, if it is a folder). The account is taken to be in its own group alone,
 * as `runProgram` starts it.
 */
export async function canRead(path: string, account: Account): Promise<boolean> {
  const real = await Deno.realPath(path);
  const info = await Deno.stat(real);
  if (!allows(info, account, info.isDirectory ? 0o5 : 0o4)) return false;
  return await canEnter(dirname(real), account);
}

/** Tells from the permission bits whether an account can enter a folder and all those above it. */
export async function canEnter(directory: string, account: Account): Promise<boolean> {
  const real = await Deno.realPath(directory);
  if (!allows(await Deno.stat(real), account, 0o1)) return false;
  const parent = dirname(real);
  return parent === real || await canEnter(parent, account);
}

function allows(info: Deno.FileInfo, account: Account, bits: number): boolean {
  const mode = info.mode ?? 0;
  const own = info.uid === account.uid ? mode >> 6 : info.gid === account.gid ? mode >> 3 : mode;
  return (own & bits) === bits;
}

async function ownerOf(path: string): Promise<Account | undefined> {
  try {
    const { uid, gid } = await Deno.stat(path);
    return uid === null || gid === null ? undefined : { uid, gid };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Asks the system rather than `/etc/passwd`, because accounts may come from a directory service. */
async function lookUp(signal: AbortSignal | undefined): Promise<Account | undefined> {
  const options = { cwd: "/", deadlineMs: DEADLINE_MS, signal };
  const uid = await runProgram("id", ["-u", ACCOUNT_NAME], options);
  const gid = await runProgram("id", ["-g", ACCOUNT_NAME], options);
  if (!uid.success || !gid.success) return undefined;
  return { uid: Number(uid.output), gid: Number(gid.output) };
}

async function create(signal: AbortSignal | undefined): Promise<Account> {
  const [program, ...args] = CREATE_ACCOUNT;
  const reason = await runProgram(program, args, { cwd: "/", deadlineMs: DEADLINE_MS, signal })
    .then(({ output }) => output, (error: unknown) => {
      if (error instanceof SetupError) return error.message;
      throw error;
    });
  const account = await lookUp(signal);
  if (account !== undefined) return account;
  throw new SetupError(
    `Cannot run Postgres: must run as an account other than root, and the account ` +
      `${ACCOUNT_NAME} does not exist and could not be created (${reason}). Create it with ` +
      `"${CREATE_ACCOUNT.join(" ")}", or start Quotewire as an ordinary user.`,
  );
}
