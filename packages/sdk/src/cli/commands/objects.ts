import type { Problem } from "@portolan/model";
import type { Command } from "commander";
import type { ListedObject } from "../../admin/listed-object.ts";
import { SdkError } from "../../error.ts";
import { escapeControls } from "../../escape-controls.ts";
import type { Invocation } from "../invocation.ts";
import { type Manifests, readManifests } from "../manifests.ts";
import { formatList, formatValue, type OutputFormat, parseOutputFormat } from "../output.ts";

interface Written {
  readonly revision: number;
  readonly objects: readonly (Pick<ListedObject, "kind" | "namespace" | "name"> & { readonly action: string })[];
  /** Warnings about what was written. */
  readonly problems: readonly (Problem & { readonly text: string })[];
}

/** `get`, `apply` and `delete`: the objects of the mesh. */
export function addObjectCommands(program: Command, invocation: Invocation): void {
  program
    .command("get")
    .description("show objects of the mesh: get KIND [NAME]")
    .argument("<kind>", "such as ServiceEntry, se, svc, pods; all for every kind")
    .argument("[name]")
    .option("-o, --output <format>", "table, json or yaml", "table")
    .option("-A, --all-namespaces", "every namespace")
    .action(async (kind: string, name: string | undefined, options: { output: string; allNamespaces?: boolean }) => {
      const format = parseOutputFormat(options.output);
      const namespace = options.allNamespaces === true ? undefined : invocation.namespace;
      const query = new URLSearchParams({
        kind,
        manifests: String(format !== "table"),
        ...(name === undefined ? {} : { name }),
        ...(namespace === undefined ? {} : { namespace }),
      });
      const { items } = await invocation.client().get<{ items: ListedObject[] }>(`/api/v1/objects?${query}`);
      const where = namespace === undefined ? "" : ` in namespace ${namespace}`;
      if (name !== undefined && items.length === 0) {
        throw new SdkError("not-found", `there is no ${kind} named "${name}"${where}`);
      }
      invocation.terminal.out(formatObjects(format, items, name));
      for (const line of items.flatMap((item) => item.problems ?? [])) {
        invocation.terminal.talk(`${escapeControls(line)}\n`);
      }
      if (items.length === 0) invocation.terminal.talk(`there are no objects${where}\n`);
    });
  for (const [verb, description] of [
    ["apply", "create or replace objects from YAML"],
    ["delete", "delete the objects that YAML names"],
  ] as const) {
    program
      .command(verb)
      .description(description)
      .requiredOption("-f, --filename <file...>", "a file, a folder, or - for standard input")
      .action(async (options: { filename: string[] }) => {
        const manifests = await readManifests(options.filename, invocation.readStdin);
        for (const one of manifests) await write(`/api/v1/${verb}`, one, invocation);
      });
  }
}

/** One that was named is printed as it is, several as a `List`, as kubectl does: each can be applied again. */
function formatObjects(format: OutputFormat, items: readonly ListedObject[], name: string | undefined): string {
  if (format === "table") {
    return formatList(format, items, [
      ["NAMESPACE", (item) => item.namespace],
      ["KIND", (item) => item.kind],
      ["NAME", (item) => item.name],
      ["ORIGIN", (item) => item.origin],
    ]);
  }
  // A ConfigMap may hold more than one object.
  const manifests = [...new Map(items.map(({ manifest }) => [JSON.stringify(manifest), manifest])).values()];
  const single = name !== undefined && manifests.length === 1;
  return formatValue(format, single ? manifests[0] : { apiVersion: "v1", kind: "List", items: manifests });
}

async function write(path: string, { file, text }: Manifests, invocation: Invocation): Promise<void> {
  const { terminal, namespace } = invocation;
  const query = new URLSearchParams({ file, ...(namespace === undefined ? {} : { namespace }) });
  const { objects, revision, problems } = await invocation.client().post<Written>(`${path}?${query}`, text);
  for (const object of objects) {
    const place = object.namespace === "" ? object.name : `${object.name}.${object.namespace}`;
    terminal.out(`${object.kind.toLowerCase()}/${place} ${object.action}\n`);
  }
  for (const problem of problems) terminal.talk(`${problem.severity}: ${problem.text}\n`);
  terminal.talk(`revision ${revision}\n`);
}
