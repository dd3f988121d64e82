import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../testing/mesh-folder.ts";
import { type Walk, walk, walkAgain } from "./client.ts";

const FILES = 100;

/** A folder of files, walked, and what each later look at some of its paths costs. */
async function walked() {
  const folder = temporaryFolder();
  const path = (name: string) => join(folder.path, "mesh", name);
  mkdirSync(path("deep"), { recursive: true });
  for (let at = 0; at < FILES; at++) writeFileSync(path(`${at}.yaml`), `a: ${at}\n`);
  let looks = 0;
  const look = () => {
    looks++;
    return Date.now();
  };
  const roots = new Map([[path(""), "folder" as const]]);
  const first = await walk(new Map([...roots].map(([root, kind]) => [root.replace(/\/$/, ""), kind])), look);
  expect(looks).toBe(FILES);
  /** As many looks as it took; a walk of everything gives the same listing. */
  const again = async (names: readonly string[], before: Walk = first) => {
    looks = 0;
    const walk_ = await walkAgain(before, names.map(path), look);
    const taken = looks;
    if (walk_ === undefined) return { walk: before, looks: "all" as const };
    const whole = await walk(new Map([[join(folder.path, "mesh"), "folder"]]), Date.now);
    const stamps = (of: Walk) => [...of.listing].map(([at, { stamp }]) => `${at} ${stamp}`).sort();
    expect(stamps(walk_)).toEqual(stamps(whole));
    expect([...walk_.plain].sort()).toEqual([...whole.plain].sort());
    return { walk: walk_, looks: taken };
  };
  return { path, again, first, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

test("a file that is written beside the others and renamed into its place is looked at alone", async () => {
  using files = await walked();
  writeFileSync(files.path("7.yaml.new"), "a: new\n");
  renameSync(files.path("7.yaml.new"), files.path("7.yaml"));
  const renamed = await files.again(["7.yaml.new", "7.yaml"]);
  expect(renamed.looks).toBe(1);
  writeFileSync(files.path(".7.yaml.swp"), "");
  expect((await files.again([".7.yaml.swp"], renamed.walk)).looks).toBe(0);
});

test("files that come, go and take another name are looked at alone", async () => {
  using files = await walked();
  writeFileSync(files.path("new.yaml"), "a: 1\n");
  writeFileSync(files.path("deep/new.json"), "{}\n");
  writeFileSync(files.path("notes.txt"), "");
  const came = await files.again(["new.yaml", "deep/new.json", "notes.txt"]);
  expect(came.looks).toBe(2);
  rmSync(files.path("7.yaml"));
  renameSync(files.path("8.yaml"), files.path("z.yaml"));
  const went = await files.again(["7.yaml", "8.yaml", "z.yaml"], came.walk);
  expect(went.looks).toBe(1);
  expect((await files.again(["7.yaml", "8.yaml"], went.walk)).looks, "and nothing is left of them").toBe(0);
});

type Path = (name: string) => string;

test.each<readonly [what: string, noticed: string, change: (path: Path) => void]>([
  ["a folder that comes", "more", (path) => mkdirSync(path("more"))],
  ["a folder that goes", "deep", (path) => rmSync(path("deep"), { recursive: true })],
  ["a link", "link.yaml", (path) => symlinkSync("1.yaml", path("link.yaml"))],
  ["a link in the place of a file", "1.yaml", linkInPlace],
  ["everything that goes", "1.yaml", (path) => rmSync(path(""), { recursive: true })],
  ["a file elsewhere", "../other.yaml", (path) => writeFileSync(path("../other.yaml"), "")],
])("%s is for the whole walk", async (_what, noticed, change) => {
  using files = await walked();
  change(files.path);
  expect((await files.again([noticed])).looks).toBe("all");
});

function linkInPlace(path: Path): void {
  rmSync(path("1.yaml"));
  symlinkSync("2.yaml", path("1.yaml"));
}

test("where there are links, a name that is nobody's may stand for many: all are looked at", async () => {
  using files = await walked();
  symlinkSync("1.yaml", files.path("link.yaml"));
  const linked = await walk(new Map([[files.path("").replace(/\/$/, ""), "folder"]]), Date.now);
  writeFileSync(files.path("2.yaml"), "a: changed\n");
  expect((await files.again(["2.yaml"], linked)).looks).toBe(1);
  expect((await files.again([".hidden"], linked)).looks).toBe("all");
});
