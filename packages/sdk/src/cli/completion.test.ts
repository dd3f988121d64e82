import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { runMain } from "../testing/run-main.ts";

const script = async (shell: string) => (await runMain(["completion", shell])).out;

/** What bash offers after these words, the last of which is being typed. */
function offered(bash: string, ...words: readonly string[]): readonly string[] {
  const lines = [
    bash,
    `COMP_WORDS=(${["portolan", ...words].map((word) => `'${word}'`).join(" ")})`,
    `COMP_CWORD=${words.length}`,
    "_portolan",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own variable
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ];
  const out = execFileSync("bash", ["--norc", "-c", lines.join("\n")], { encoding: "utf8" });
  return out.split("\n").filter((line) => line !== "");
}

test("bash completes commands, their commands and their options", async () => {
  const bash = await script("bash");
  expect(offered(bash, "")).toEqual(expect.arrayContaining(["serve", "get", "proxy-status", "--namespace"]));
  expect(offered(bash, "boo")).toEqual(["bootstrap"]);
  expect(offered(bash, "bootstrap", "")).toEqual(expect.arrayContaining(["sidecar", "gateway"]));
  expect(offered(bash, "bootstrap", "sidecar", "--inb")).toEqual(["--inbound-ports"]);
  expect(offered(bash, "nonsense-", "")).toEqual(expect.arrayContaining(["serve"]));
});

test("bash is not led astray by values, prefixes and global options", async () => {
  const bash = await script("bash");
  expect(offered(bash, "-n", "vm", "dns", "")).toContain("query");
  expect(offered(bash, "x", "add-to-mesh", "")).toContain("external-service");
  expect(offered(bash, "serve", "--config", "mesh", "--xds-pl")).toEqual(["--xds-plaintext"]);
});

test("hidden commands are offered by no shell", async () => {
  for (const shell of ["bash", "zsh", "fish"]) expect(await script(shell)).not.toContain("demo-call");
});

test("bash takes the script without a complaint", async () => {
  execFileSync("bash", ["--norc", "-n", "-c", await script("bash")], { stdio: ["ignore", "ignore", "pipe"] });
});

test("zsh gets the same by way of bashcompinit", async () => {
  const lines = (await script("zsh")).split("\n");
  expect(lines.slice(0, 2)).toEqual(["#compdef portolan", "autoload -U +X bashcompinit && bashcompinit"]);
  expect(lines.slice(2).join("\n")).toBe(await script("bash"));
});

test("fish gets a line for each word, with what it means", async () => {
  const lines = (await script("fish")).trim().split("\n");
  expect(lines).toContain("complete -c portolan -n '__fish_use_subcommand' -f -a version -d 'print the version'");
  expect(lines).toContain(
    "complete -c portolan -n '__fish_seen_subcommand_from dns; and __fish_seen_subcommand_from query' -l tcp -d 'ask over TCP'",
  );
  for (const line of lines) expect(line).toMatch(/^complete -c portolan -n '[^']+' (-f -a|-l) [-a-z0-9]+ -d '[^']*'$/);
});

test("another shell is a usage error", async () => {
  const { code, out, err } = await runMain(["completion", "tcsh"]);
  expect([code, out]).toEqual([64, ""]);
  expect(err).toContain("bash, zsh or fish");
});
