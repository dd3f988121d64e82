import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundle } from "../../scripts/bundle.ts";

const root = join(import.meta.dirname, "..", "..");
const execute = promisify(execFile);

/** The bundled command line of a commit, built in a work tree of its own; `.` is the checkout as it is. */
export interface Checkout extends AsyncDisposable {
  readonly name: string;
  readonly program: string;
}

/** Throws where there is no such commit, or where it cannot be installed and bundled. */
export async function checkOut(revision: string, directory: string): Promise<Checkout> {
  if (revision === ".") return { name: ".", program: await bundle(), [Symbol.asyncDispose]: async () => {} };
  const commit = (await run("git", ["rev-parse", "--verify", "--short", `${revision}^{commit}`], root)).trim();
  await run("git", ["worktree", "add", "--detach", directory, commit], root);
  const dispose = async () => {
    await run("git", ["worktree", "remove", "--force", directory], root);
  };
  try {
    const [command, ...args] = packageManager();
    await run(command, [...args, "install", "--frozen-lockfile", "--prefer-offline"], directory);
    const program = (await run(process.execPath, ["scripts/bundle.ts"], directory)).trim().split("\n").at(-1) ?? "";
    return { name: commit, program, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The one that runs this script, so that it is the one that the project asks for. */
function packageManager(): readonly [string, ...string[]] {
  const path = process.env.npm_execpath;
  if (path === undefined || !path.includes("pnpm")) return ["npx", "--yes", "pnpm@12"];
  return /\.[cm]?js$/.test(path) ? [process.execPath, path] : [path];
}

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await execute(command, args, { cwd, timeout: 600_000, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
