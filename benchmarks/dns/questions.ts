import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hostName, NAMES } from "./servers/names.ts";

/** What is asked: files for the load generator. */
export interface Questions {
  readonly hit: string;
  readonly hitEdns: string;
  readonly noData: string;
  readonly nameError: string;
  /** Names that only an upstream knows: many, and few. */
  readonly elsewhere: string;
  readonly elsewhereFew: string;
}

const A = 1;
const AAAA = 28;

export async function writeQuestions(directory: string): Promise<Questions> {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
  const save = async (name: string, messages: readonly Buffer[]) => {
    const file = join(directory, name);
    await writeFile(
      file,
      Buffer.concat(messages.flatMap((one) => [Buffer.of(one.length >> 8, one.length & 255), one])),
    );
    return file;
  };
  const hosts = numbers(NAMES).map(hostName);
  return {
    hit: await save(
      "hit",
      hosts.map((name) => question(name, A)),
    ),
    hitEdns: await save(
      "hit-edns",
      hosts.map((name) => question(name, A, true)),
    ),
    noData: await save(
      "no-data",
      hosts.map((name) => question(name, AAAA)),
    ),
    nameError: await save(
      "name-error",
      hosts.map((name) => question(`no-${name}`, A)),
    ),
    elsewhere: await save(
      "elsewhere",
      numbers(20_000).map((i) => question(`w${i}.example.com`, A)),
    ),
    elsewhereFew: await save(
      "elsewhere-few",
      numbers(1_000).map((i) => question(`w${i}.example.com`, A)),
    ),
  };
}

function question(name: string, type: number, edns = false): Buffer {
  const labels = name.split(".").flatMap((label) => [Buffer.of(label.length), Buffer.from(label)]);
  const opt = edns ? Buffer.of(0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0) : Buffer.alloc(0);
  const header = Buffer.of(0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, edns ? 1 : 0);
  return Buffer.concat([header, ...labels, Buffer.of(0, 0, type, 0, 1), opt]);
}
