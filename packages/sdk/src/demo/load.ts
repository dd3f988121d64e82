import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { printable } from "@portolan/model";
import { LineCounter, parseDocument } from "yaml";
import { SdkError } from "../error.ts";
import { isRecord } from "../is-record.ts";
import { type DemoPlan, type PlannedApplication, type PlannedProxy, type PlannedStep, stepKinds } from "./plan.ts";

/**
 * Reads `DIR/demo.yaml`. Its fields are those of `DemoPlan`; what may be left out has a default.
 *
 * @throws SdkError `usage` where there is none, `bad-data` with its place where it is none
 */
export async function loadPlan(directory: string): Promise<DemoPlan> {
  const file = join(directory, "demo.yaml");
  const text = await readFile(file, "utf8").catch(() => {
    throw new SdkError("usage", `${file} cannot be read: an example is a folder with demo.yaml and mesh/`);
  });
  const raw = parsePlan(text, file);
  const steps = listOf(raw, "steps", file) as unknown as readonly PlannedStep[];
  for (const { kind } of steps) {
    if (stepKinds.has(kind)) continue;
    throw new SdkError(
      "bad-data",
      `${file}: steps: "${printable(String(kind))}" is no kind: use ${[...stepKinds].join(", ")}`,
    );
  }
  return {
    title: typeof raw.title === "string" ? raw.title : directory,
    variables: new Map(Object.entries((raw.variables ?? {}) as Record<string, { isolated: string; loopback: string }>)),
    machine: raw.machine as DemoPlan["machine"],
    proxies: listOf(raw, "proxies", file).map((proxy) => ({ ...proxyDefaults, ...proxy }) as unknown as PlannedProxy),
    applications: listOf(raw, "applications", file).map(
      (application) => ({ ...applicationDefaults, ...application }) as unknown as PlannedApplication,
    ),
    steps,
  };
}

const proxyDefaults = { serviceAccount: "default", labels: {}, inboundPorts: "", machine: false };
const applicationDefaults = { page: "headers", machine: false };

type Fields = Readonly<Record<string, unknown>>;

function parsePlan(text: string, file: string): Fields {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new SdkError("bad-data", `${file}:${line}:${col}: ${error.message}`);
  }
  const value: unknown = document.toJS();
  if (isRecord(value)) return value;
  throw new SdkError("bad-data", `${file}: a plan is a mapping with proxies, applications and steps`);
}

function listOf(raw: Fields, field: string, file: string): readonly Fields[] {
  const value = raw[field] ?? [];
  if (Array.isArray(value) && value.every(isRecord)) return value;
  throw new SdkError("bad-data", `${file}: ${field} is a list of mappings`);
}

/** `mesh/*.yaml` of an example, by file name. */
export async function loadMesh(directory: string): Promise<ReadonlyMap<string, string>> {
  const mesh = join(directory, "mesh");
  const names = await readdir(mesh).catch(() => {
    throw new SdkError("usage", `${mesh} cannot be read: an example is a folder with demo.yaml and mesh/`);
  });
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  return new Map(
    await Promise.all(files.map(async (name) => [name, await readFile(join(mesh, name), "utf8")] as const)),
  );
}
