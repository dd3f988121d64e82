import type { DataReport } from "@portolan/registry";
import type { Command } from "commander";
import type { Invocation } from "../invocation.ts";

/** `data verify`, `data backup` and `data restore`: what a server keeps in `--data`. */
export function addDataCommands(program: Command, invocation: Invocation): void {
  const { terminal, data } = invocation;
  const askServer = async () => {
    const { database } = await invocation.client().post<{ database: string }>("/api/v1/data/copy", "{}");
    return Buffer.from(database, "base64");
  };
  const commands = program
    .command("data")
    .description("what a server keeps: objects written through the API, VIPs, the certificate authority");
  commands
    .command("verify")
    .description("read all of --data, or of a copy, and say what is in it (exit code 65 where it cannot be used)")
    .argument("[copy]", "a copy that data backup made, or a portolan.db")
    .action(async (copy: string | undefined) => {
      const [{ verifyData }, { fetchCopy }, { readCopy }] = await Promise.all([
        import("@portolan/registry"),
        import("../../data/fetch-copy.ts"),
        import("../../data/read-copy.ts"),
      ]);
      const bytes = copy === undefined ? await fetchCopy(data, askServer) : await readCopy(copy);
      terminal.out(`${copy ?? data} is good: ${summary(verifyData(bytes, copy ?? data))}\n`);
    });
  commands
    .command("backup")
    .description("copy --data into a folder; a server that runs on it goes on")
    .argument("<folder>", "a new folder, or an empty one")
    .option("--no-authority", "leave out the certificate authority and its key")
    .action(async (target: string, options: { authority: boolean }) => {
      const { backUp } = await import("../../data/backup.ts");
      const { report, authority } = await backUp({ data, target, authority: options.authority, askServer });
      terminal.out(`${target}: ${summary(report)}\n`);
      if (authority) terminal.talk(`it holds the authority's key: keep ${target} to yourself\n`);
    });
  commands
    .command("restore")
    .description("make a copy the data of --data, on which no server may run")
    .argument("<copy>", "a copy that data backup made, or a portolan.db")
    .option("--replace", "put aside what --data holds, as *.before-restore")
    .action(async (source: string, options: { replace?: boolean }) => {
      const { restore } = await import("../../data/restore.ts");
      const { report } = await restore({ source, data, replace: options.replace === true });
      terminal.out(`${data}: ${summary(report)}\n`);
    });
}

function summary({ revision, manifests, vips, tombstones }: DataReport): string {
  return `revision ${revision}, ${manifests} objects of the API, ${vips} VIPs, ${tombstones} tombstones`;
}
