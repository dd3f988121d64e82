/**
 * F-06: kills a process that writes, at random instants, and looks whether everything is there that it had answered for. The long form is a script:
 * `node packages/registry/src/testing/kill-rounds.ts 200 [thread]`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openStore } from "../store/sqlite.ts";
import { temporaryFolder } from "./mesh-folder.ts";

export interface KillReport {
  readonly rounds: number;
  /** Writes that were answered before a kill. */
  readonly answered: number;
  /** What was answered and is not there, or is there by half. */
  readonly wrong: readonly string[];
}

interface Answer {
  readonly revision: number;
  readonly vip: number;
}

/** A mesh that has grown over so many rounds is left, so that rounds stay short. */
const ROUNDS_A_FOLDER = 25;

/** Which thread of the killed process writes to the disk. */
export type KillPlace = "here" | "thread";

/** `random` gives numbers from 0 to 1. */
export async function killRounds(rounds: number, random: () => number, place: KillPlace): Promise<KillReport> {
  let answered = 0;
  const wrong: string[] = [];
  for (let first = 0; first < rounds; first += ROUNDS_A_FOLDER) {
    using folder = temporaryFolder();
    const data = join(folder.path, "data");
    const answers = new Map<string, Answer>();
    for (let round = first; round < Math.min(rounds, first + ROUNDS_A_FOLDER); round++) {
      await writeUntilKilled([data, `${round * 100_000}`, place], Math.floor(random() * 60), answers);
      wrong.push(...check(data, answers).map((what) => `round ${round}: ${what}`));
    }
    answered += answers.size;
  }
  return { rounds, answered, wrong };
}

/** Kills the writer when it has answered so many writes, wherever it then is. */
async function writeUntilKilled(args: readonly string[], after: number, answers: Map<string, Answer>) {
  const writer = spawn(process.execPath, [join(import.meta.dirname, "kill-writer.ts"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(writer, "exit");
  let count = -1;
  for await (const line of createInterface({ input: writer.stdout })) {
    const [, name, revision, vip] = /^(\w+) (\d+) (\d+)$/.exec(line) ?? [];
    if (name !== undefined) answers.set(name, { revision: Number(revision), vip: Number(vip) });
    if (count++ === after) writer.kill("SIGKILL");
  }
  const [code, signal] = await exited;
  if (signal !== "SIGKILL") throw new Error(`the writer ended by itself: ${code}`);
}

function check(data: string, answers: ReadonlyMap<string, Answer>): string[] {
  const store = openStore(data);
  const { revision, manifests, vips } = store.load();
  store.close();
  const names = new Set(manifests.map(({ key }) => key.replace("ServiceEntry/shop/", "")));
  const hosts = new Map<string, number>(vips);
  const wrong: string[] = [];
  for (const [name, answer] of answers) {
    if (answer.revision > revision) wrong.push(`revision ${answer.revision} was answered, ${revision} is stored`);
    if (!names.has(`${name}-left`) || !names.has(`${name}-right`)) wrong.push(`${name} is lost`);
    if (hosts.get(`${name}-left.example`) !== answer.vip) wrong.push(`${name} lost its VIP`);
  }
  for (const name of names) {
    const other = name.endsWith("-left") ? name.replace("-left", "-right") : name.replace("-right", "-left");
    if (!names.has(other)) wrong.push(`${name} is there and ${other} is not`);
    if (!hosts.has(`${name}.example`)) wrong.push(`${name} has no VIP`);
  }
  return wrong;
}

if (import.meta.main) {
  const report = await killRounds(
    Number(process.argv[2] ?? 200),
    Math.random,
    process.argv[3] === "thread" ? "thread" : "here",
  );
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  process.exitCode = report.wrong.length === 0 ? 0 : 1;
}
