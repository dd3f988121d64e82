/**
 * Measures the DNS server beside CoreDNS, dnsmasq, dns2 and a dgram echo in one run, and writes the DNS section of RESULTS.md.
 *
 *   pnpm bench:dns [--rounds N] [--seconds S] [--smoke]
 *
 * Figures are answers per second of the server's CPU time: what other programs do meanwhile matters least to these.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { takeCores } from "../machine/cores.ts";
import { describeMachine } from "../machine/describe.ts";
import { measureAnswers } from "./answering.ts";
import { measureForwarding } from "./forwarding.ts";
import { buildPrograms } from "./programs.ts";
import { writeQuestions } from "./questions.ts";
import { formatSection, writeSection } from "./report.ts";
import { startAnswering, stopAll } from "./servers.ts";
import { measureWorkers } from "./workers.ts";
import { measureZones } from "./zones.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "2" },
    /** Only that it works: short, without CoreDNS, nothing is written. */
    smoke: { type: "boolean", default: false },
  },
});
const size = values.smoke
  ? { rounds: 1, seconds: 0.3 }
  : { rounds: Number(values.rounds), seconds: Number(values.seconds) };
const programs = buildPrograms(values.smoke);
for (const missing of programs.missing) console.error(missing);
if (programs.load === undefined || programs.upstream === undefined) {
  console.error("nothing can be measured without a C compiler: the load generator is written in C");
  process.exit(1);
}
const cores = takeCores();
const date = new Date().toISOString().slice(0, 16).replace("T", " ");
const directory = await mkdtemp(join(tmpdir(), "portolan-bench-dns-"));
try {
  const busy = loadavg()[0] ?? 0;
  const questions = await writeQuestions(directory);
  const servers = await startAnswering(programs, cores, directory);
  const answers = await measureAnswers(programs.load, servers, questions, size, date).finally(() =>
    Promise.all(servers.map((server) => server.stop())),
  );
  const forwarding = await measureForwarding(programs, cores, directory, questions, size, date);
  const zones = await measureZones(cores, values.smoke ? [10_000] : [10_000, 100_000], values.smoke ? 1 : 3, date);
  const workers = await measureWorkers(programs, cores, directory, questions, size, date);
  const machine = describeMachine(cores);
  const versions = Object.entries(programs.versions).map(([name, version]) => `${name} ${version}`);
  const section = formatSection(
    [
      `Measured at commit ${machine.commit}: ${machine.processor}, ${machine.cores} cores, ${machine.system}; ${versions.join(", ")}.`,
      `${size.rounds} rounds of ${size.seconds} s, interleaved; server and load ${cores.pinned ? "each on a core of its own" : "on shared cores"}; the machine's load when it began: ${busy.toFixed(1)}. Goals on ratios: the median of each round's ratio, with the least and the most.`,
      ...programs.missing,
    ],
    [...answers, forwarding, workers, zones],
  );
  if (!values.smoke) await writeSection(section);
  console.log(section);
} finally {
  await stopAll();
  await rm(directory, { recursive: true, force: true });
}
