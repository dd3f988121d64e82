/** Where the server's time goes when endpoints change: `node benchmarks/profile/index.ts [--streams N] [--clusters M] [--way API|file] [--sotw] [--workers N]`; `--cold`: when all streams connect, leave, and connect again. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { bundle } from "../../scripts/bundle.ts";
import { connectFleet, createFleet, type FleetOptions } from "../load/fleet.ts";
import { takeCores } from "../machine/cores.ts";
import { clusters } from "../servers/corpus.ts";
import { startPortolan } from "../servers/portolan.ts";
import type { Server, Way } from "../servers/server.ts";
import { type ProfileRow, summarise } from "./summary.ts";

const { values } = parseArgs({
  options: {
    streams: { type: "string", default: "1000" },
    clusters: { type: "string", default: "100" },
    changes: { type: "string", default: "200" },
    way: { type: "string", default: "API" },
    cold: { type: "boolean", default: false },
    sotw: { type: "boolean", default: false },
    workers: { type: "string", default: "0" },
    top: { type: "string", default: "40" },
    program: { type: "string" },
  },
});
const nowUs = () => Number(process.hrtime.bigint() / 1000n);
const directory = await mkdtemp(join(tmpdir(), "portolan-profile-"));
try {
  const profiles = join(directory, "profiles");
  await using server = await startPortolan({
    program: values.program ?? (await bundle()),
    cores: takeCores(),
    directory,
    services: Number(values.clusters),
    throughApi: 1,
    workers: Number(values.workers),
    nodeFlags: ["--cpu-prof", `--cpu-prof-dir=${profiles}`],
  });
  const way = server.ways.find(({ name }) => name === values.way);
  if (way === undefined) throw new Error(`there is no way "${values.way}": API or file`);
  const options = {
    streams: Number(values.streams),
    dialect: values.sotw ? "sotw" : "delta",
    names: clusters(Number(values.clusters)),
  } as const;
  const { fromUs, toUs, times } = values.cold
    ? await connectTwice(server, options)
    : await changeMany(server, options, way);
  await server.process.stop();
  // Each thread writes its own.
  for (const file of (await readdir(profiles)).sort()) {
    const { busyMs, self, total, parts } = await summarise(join(profiles, file), fromUs, toUs);
    console.log(`\n${file}: ${(busyMs / times).toFixed(1)} ms each`);
    print("by folder and package", parts);
    print("self", self);
    print("with what they call", total);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}

interface Window {
  readonly fromUs: number;
  readonly toUs: number;
  /** How often that was done which is profiled. */
  readonly times: number;
}

async function changeMany(server: Server, options: FleetOptions, way: Way): Promise<Window> {
  const fleet = await connectFleet(server, options);
  const times = Number(values.changes);
  for (let at = 0; at < 20; at++) await fleet.change(way, way.services.from);
  const fromUs = nowUs();
  for (let at = 0; at < times; at++) {
    await fleet.change(way, way.services.from);
    await delay(15);
  }
  const toUs = nowUs();
  fleet.swarm.disconnect();
  return { fromUs, toUs, times };
}

async function connectTwice(server: Server, options: FleetOptions): Promise<Window> {
  const fromUs = nowUs();
  for (let at = 0; at < 2; at++) {
    const { swarm } = createFleet(server, options, options.streams);
    await swarm.connect();
    swarm.disconnect();
    await delay(500);
  }
  return { fromUs, toUs: nowUs(), times: 2 };
}

function print(title: string, rows: readonly ProfileRow[]): void {
  console.log(`\n${title}:`);
  for (const { name, share } of rows.slice(0, Number(values.top)))
    console.log(`${(share * 100).toFixed(1).padStart(6)} %  ${name}`);
}
