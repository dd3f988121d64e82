import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { SdkError } from "../error.ts";
import type { DemoPlan, PlannedApplication, PlannedProxy, PlannedStep } from "./plan.ts";

/** Reads `DIR/demo.yaml`. Its fields are those of `DemoPlan`; what may be left out has a default. */
export async function loadPlan(directory: string): Promise<DemoPlan> {
  const file = join(directory, "demo.yaml");
  const text = await readFile(file, "utf8").catch(() => {
    throw new SdkError("usage", `${file} cannot be read: an example is a folder with demo.yaml and mesh/`);
  });
  const raw = parse(text) as Partial<DemoPlan> & { variables?: Record<string, { isolated: string; loopback: string }> };
  return {
    title: raw.title ?? directory,
    variables: new Map(Object.entries(raw.variables ?? {})),
    machine: raw.machine,
    proxies: (raw.proxies ?? []).map((proxy): PlannedProxy => ({ ...proxyDefaults, ...proxy })),
    applications: (raw.applications ?? []).map((app): PlannedApplication => ({ ...applicationDefaults, ...app })),
    steps: (raw.steps ?? []) as readonly PlannedStep[],
  };
}

const proxyDefaults = { labels: {}, inboundPorts: "", machine: false };
const applicationDefaults = { machine: false };

/** `mesh/*.yaml` of an example, by file name. */
export async function loadMesh(directory: string): Promise<ReadonlyMap<string, string>> {
  const mesh = join(directory, "mesh");
  const names = (await readdir(mesh)).filter((name) => /\.ya?ml$/.test(name)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(mesh, name), "utf8")] as const)),
  );
}
