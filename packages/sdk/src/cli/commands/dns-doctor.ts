import type { DiagnosisStep } from "@portolan/agent";
import type { Command } from "commander";
import type { ChainFlags } from "../../dns-chain/describe.ts";
import type { DnsMachine } from "../../dns-doctor/machine.ts";
import { printStep } from "../diagnosis.ts";
import { exitCodes } from "../exit-code.ts";
import type { Invocation } from "../invocation.ts";
import { formatList, parseOutputFormat } from "../output.ts";
import { addChainOptions } from "./dns-snippet.ts";

type Flags = ChainFlags & { readonly name?: string; readonly root?: string; readonly output: string };

/** `dns doctor`: follows the chain from our server to the C library. Exit code 1 where a link is broken. `machine` is this one unless given. */
export function addDnsDoctorCommand(dns: Command, invocation: Invocation, machine?: DnsMachine): void {
  const { terminal } = invocation;
  const command = dns
    .command("doctor")
    .description(
      "follow a name from the DNS server over this machine's resolvers to its programs, and say which link is broken",
    )
    .option("--name <host>", "a name of the mesh (default: one below a suffix that the running server knows)")
    .option("--root <dir>", "look at the files below it in the place of this machine's, such as a container's")
    .option("-o, --output <format>", "table, json or yaml", "table");
  addChainOptions(command).action(async (flags: Flags) => {
    const [{ describeChain }, { diagnoseDns }, { thisMachine }] = await Promise.all([
      import("../../dns-chain/describe.ts"),
      import("../../dns-doctor/diagnose.ts"),
      import("../../dns-doctor/machine.ts"),
    ]);
    const format = parseOutputFormat(flags.output);
    const chained = await describeChain(flags, invocation);
    const name = flags.name?.replace(/\.$/, "") ?? (await knownName(invocation, chained.suffixes));
    const steps: DiagnosisStep[] = [];
    for await (const step of diagnoseDns({ chained, name, machine: machine ?? thisMachine(flags.root) })) {
      steps.push(step);
      if (format === "table") printStep(step, terminal);
    }
    if (format !== "table") terminal.out(formatList(format, steps, []));
    const broken = steps.find((step) => step.status === "failed");
    if (broken === undefined) return;
    terminal.talk(`the chain is broken at: ${broken.name}\n`);
    invocation.exit(exitCodes.failure);
  });
}

/** The first of the running server's hosts below a suffix: of others nobody was told to ask us. */
async function knownName(invocation: Invocation, suffixes: readonly string[]): Promise<string | undefined> {
  const lines = await invocation
    .client()
    .getText("/api/v1/hosts")
    .catch(() => "");
  const hosts = lines.split("\n").map((line) => line.split(" ")[1] ?? "");
  for (const suffix of suffixes) {
    const host = hosts.find((one) => one.endsWith(`.${suffix}`));
    if (host !== undefined) return host;
  }
  return undefined;
}
