import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { SdkError } from "../../error.ts";
import type { Invocation } from "../invocation.ts";
import { formatList, parseOutputFormat } from "../output.ts";

/** An object as the admin API lists it. */
export interface ListedObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly origin: string;
  readonly manifest: unknown;
}

interface Written {
  readonly revision: number;
  readonly objects: readonly {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly action: string;
  }[];
}

/** `get`, `apply` and `delete`: the objects of the mesh. */
export function addObjectCommands(program: Command, invocation: Invocation): void {
  const { terminal } = invocation;
  program
    .command("get")
    .description("show objects of the mesh: get KIND [NAME]")
    .argument("<kind>", "such as ServiceEntry, se, svc, pods; all for every kind")
    .argument("[name]")
    .option("-o, --output <format>", "table, json or yaml", "table")
    .option("-A, --all-namespaces", "every namespace")
    .action(async (kind: string, name: string | undefined, options: { output: string; allNamespaces?: boolean }) => {
      const format = parseOutputFormat(options.output);
      const query = new URLSearchParams({ kind });
      if (name !== undefined) query.set("name", name);
      if (format !== "table") query.set("manifests", "true");
      if (invocation.namespace !== undefined && options.allNamespaces !== true)
        query.set("namespace", invocation.namespace);
      const { items } = await invocation.client().get<{ items: ListedObject[] }>(`/api/v1/objects?${query}`);
      if (name !== undefined && items.length === 0)
        throw new SdkError("not-found", `there is no ${kind} named "${name}"`);
      if (format !== "table") {
        const manifests = items.map((item) => item.manifest);
        return terminal.out(
          formatList(format, name !== undefined && manifests.length === 1 ? manifests : manifests, []),
        );
      }
      terminal.out(
        formatList(format, items, [
          ["NAMESPACE", (item) => item.namespace],
          ["KIND", (item) => item.kind],
          ["NAME", (item) => item.name],
          ["ORIGIN", (item) => item.origin],
        ]),
      );
    });
  program
    .command("apply")
    .description("create or replace objects from YAML")
    .requiredOption("-f, --filename <file...>", "a file, a folder, or - for standard input")
    .action(async (options: { filename: string[] }) => {
      await write("/api/v1/apply", await readManifests(options.filename, invocation), invocation);
    });
  program
    .command("delete")
    .description("delete the objects that YAML names")
    .requiredOption("-f, --filename <file...>", "a file, a folder, or - for standard input")
    .action(async (options: { filename: string[] }) => {
      await write("/api/v1/delete", await readManifests(options.filename, invocation), invocation);
    });
}

async function write(path: string, manifests: readonly Manifests[], invocation: Invocation): Promise<void> {
  for (const { file, text } of manifests) {
    const query = new URLSearchParams({ file });
    if (invocation.namespace !== undefined) query.set("namespace", invocation.namespace);
    const { objects, revision } = await invocation.client().post<Written>(`${path}?${query}`, text);
    for (const object of objects) {
      const place = object.namespace === "" ? object.name : `${object.name}.${object.namespace}`;
      invocation.terminal.out(`${object.kind.toLowerCase()}/${place} ${object.action}\n`);
    }
    invocation.terminal.talk(`revision ${revision}\n`);
  }
}

interface Manifests {
  readonly file: string;
  readonly text: string;
}

async function readManifests(files: readonly string[], invocation: Invocation): Promise<readonly Manifests[]> {
  const read: Manifests[] = [];
  for (const file of files) {
    if (file === "-") {
      read.push({ file: "<stdin>", text: await invocation.readStdin() });
      continue;
    }
    const paths = (await stat(file).catch(() => undefined))?.isDirectory()
      ? (await readdir(file))
          .filter((name) => /\.(ya?ml|json)$/.test(name))
          .sort()
          .map((name) => join(file, name))
      : [file];
    for (const path of paths) {
      const text = await readFile(path, "utf8").catch((error: Error) => {
        throw new SdkError("usage", `${path} cannot be read: ${error.message}`);
      });
      read.push({ file: path, text });
    }
  }
  return read;
}
