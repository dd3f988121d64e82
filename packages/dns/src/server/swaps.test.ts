import { fork } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ADDRESSES, addressesOf, type Entry, generationOfAddress, HOSTS } from "../testing/generations.ts";
import { queryBytes } from "../testing/query-bytes.ts";
import { createSeeded } from "../testing/seeded.ts";
import { readU16 } from "../wire/bytes.ts";
import { type DnsAnswer, formatResponse } from "../wire/message-text.ts";
import { scanResponse } from "../wire/response.ts";

const SWAPS = 1_000;
const WINDOW = 48;

/** The generations that an answer speaks of: all its addresses, its SRV port, the serial of its SOA. */
function generationsOf({ answers, additional }: DnsAnswer): readonly number[] {
  return [...answers, ...additional].flatMap(({ type, value }) => {
    if (type === "A") return [generationOfAddress(value)];
    return type === "SRV" ? [Number(value.split(" ")[2]) - 1_000] : [];
  });
}

it("dns case 48 G9 1,000 swaps while clients ask: no answer is lost, and each is wholly of one generation, never of an earlier one", async () => {
  const child = fork(join(import.meta.dirname, "../testing/swapping-server.ts"));
  const socket = createSocket("udp4");
  try {
    const [{ port }] = (await once(child, "message")) as [{ port: number }];
    const done = once(child, "message") as Promise<[{ swaps: number }]>;
    const seeded = createSeeded(9);
    const newest = { few: 0, many: 0 };
    const open = new Map<number, { readonly entry: Entry; readonly type: string; readonly atLeast: number }>();
    const wrong: string[] = [];
    const seen = new Set<number>();
    let asked = 0;
    let finished = false;
    let drained = () => {};

    function ask(): void {
      const entry = seeded.pick(["few", "many"] as const);
      const host = seeded.pick(HOSTS[entry]);
      const type = seeded.pick(["A", "A", "SRV", "AAAA"]);
      const suffix = type === "A" && seeded.below(4) === 0 ? ".vm.svc.cluster.local" : "";
      const name = type === "SRV" ? `_http._tcp.${host}` : `${host}${suffix}`;
      const id = asked++ & 0xffff;
      open.set(id, { entry, type, atLeast: newest[entry] });
      socket.send(queryBytes({ id, name, type }), port, "127.0.0.1");
    }

    function judge(message: Uint8Array): string | undefined {
      const question = open.get(readU16(message, 0));
      if (question === undefined) return "an answer that nobody waits for";
      open.delete(readU16(message, 0));
      const answer = formatResponse(scanResponse(message)!)!;
      if (answer.rcode !== "NOERROR") return `${answer.rcode} for ${question.entry} ${question.type}`;
      if (question.type === "AAAA") return answer.answers.length === 0 ? undefined : "an address in IPv6";
      const generations = new Set(generationsOf(answer));
      const [generation = 0] = generations;
      const addresses = [...answer.answers, ...answer.additional].filter(({ type }) => type === "A");
      const all = addresses.map(({ value }) => value).sort();
      if (generations.size !== 1) return `generations ${[...generations].join(" and ")}`;
      if (all.length !== ADDRESSES || all.join() !== [...addressesOf(question.entry, generation)].sort().join())
        return `a part: ${all}`;
      if (generation < question.atLeast) return `${generation} after ${question.atLeast}`;
      newest[question.entry] = Math.max(newest[question.entry], generation);
      seen.add(generation);
      return undefined;
    }

    socket.on("message", (message) => {
      const problem = judge(message);
      if (problem !== undefined) wrong.push(problem);
      if (!finished) ask();
      else if (open.size === 0) drained();
    });
    for (let i = 0; i < WINDOW; i++) ask();
    child.send(SWAPS);
    const [{ swaps }] = await done;
    finished = true;
    while (open.size > 0) {
      await new Promise<void>((resolve) => {
        drained = resolve;
      });
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(swaps).toBeGreaterThanOrEqual(SWAPS);
    expect(asked).toBeGreaterThan(SWAPS);
    // Clients did see the mesh change, and its last state at the end.
    expect(seen.size).toBeGreaterThan(SWAPS / 20);
  } finally {
    child.kill("SIGKILL");
    socket.close();
  }
});
