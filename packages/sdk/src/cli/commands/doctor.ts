import type { DiagnosisStep } from "@portolan/agent";
import type { Command } from "commander";
import { printStep } from "../diagnosis.ts";
import { exitCodes } from "../exit-code.ts";
import type { Invocation } from "../invocation.ts";
import { formatList, parseOutputFormat } from "../output.ts";

interface Flags {
  readonly dir?: string;
  readonly controlPlane?: string;
  readonly host: string[];
  readonly call: string[];
  readonly output: string;
}

/** `doctor`: on a machine, says which step keeps it out of the mesh. Exit code 1 where one failed. */
export function addDoctorCommand(program: Command, invocation: Invocation): void {
  const { terminal } = invocation;
  program
    .command("doctor")
    .description("look at this machine's files, its way to the control plane, names and ports, and say what is broken")
    .option(
      "--dir <dir>",
      "directory of root-cert.pem, cert-chain.pem, key.pem and cluster.env (default: where Istio's package puts them)",
    )
    .option("--control-plane <host:port>", "what the bootstrap dials: GATEWAY:15443, or the control plane")
    .option("--host <name...>", "names that must have an address", [])
    .option("--call <host:port...>", "what applications here call", [])
    .option("-o, --output <format>", "table, json or yaml", "table")
    .action(async (flags: Flags) => {
      const { diagnose, machineFiles, parseHostPort } = await import("@portolan/agent");
      const format = parseOutputFormat(flags.output);
      const { dir, controlPlane } = flags;
      const steps: DiagnosisStep[] = [];
      for await (const step of diagnose({
        nowMs: Date.now(),
        files: machineFiles(dir),
        controlPlane: controlPlane === undefined ? undefined : parseHostPort("--control-plane", controlPlane),
        hosts: flags.host,
        calls: flags.call.map((text) => parseHostPort("--call", text)),
        declaredPorts: (host) => declaredPorts(invocation, host),
      })) {
        steps.push(step);
        if (format === "table") printStep(step, terminal);
      }
      if (format !== "table") terminal.out(formatList(format, steps, []));
      if (steps.some((step) => step.status === "failed")) invocation.exit(exitCodes.failure);
    });
}

/** Asks the server of `--data`, where one runs on this machine; undefined where none does. */
async function declaredPorts(invocation: Invocation, host: string): Promise<readonly number[] | undefined> {
  const query = new URLSearchParams({ host, port: "1" });
  const answer = invocation.client().get<{ declaredPorts: number[] }>(`/api/v1/routes/host?${query}`);
  return (await answer.catch(() => undefined))?.declaredPorts;
}
