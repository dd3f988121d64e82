import { queryDns } from "@portolan/dns";
import { type Command, Option } from "commander";
import { serveApplication } from "../../demo/application.ts";
import { type CallResult, call } from "../../demo/call.ts";
import { reach } from "../../demo/reach.ts";
import type { Invocation } from "../invocation.ts";

/**
 * What a demonstration runs as processes of their own, on its machine: an application, a caller, and a probe of what can
 * be reached. They are not shown in the help.
 */
export function addMachineCommands(program: Command, invocation: Invocation): void {
  const hidden = (name: string) => program.command(name, { hidden: true });
  hidden("demo-application")
    .requiredOption("--name <name>")
    .requiredOption("--address <ip>")
    .requiredOption("--port <port>")
    .addOption(new Option("--page <page>").choices(["headers", "listing"]).default("headers"))
    .action(async (options: { name: string; address: string; port: string; page: "headers" | "listing" }) => {
      await serveApplication({ ...options, port: Number(options.port) });
      await new Promise<void>((resolve) => process.once("SIGTERM", resolve));
    });
  hidden("demo-call")
    .argument("<url>")
    .option("--count <number>", "", "1")
    .option("--dns <address>")
    .option("--body", "keep the bodies")
    .action(async (url: string, options: { count: string; dns?: string }) => {
      const results = await callTimes(url, Number(options.count), options.dns);
      invocation.terminal.out(`${JSON.stringify(results)}\n`);
    });
  hidden("demo-reach")
    .argument("<targets...>")
    .action(async (targets: string[]) => {
      invocation.terminal.out(`${JSON.stringify(await Promise.all(targets.map((target) => reach(target))))}\n`);
    });
}

/** Calls one after the other, each on a connection of its own; names are asked of the DNS server at `dns`, or of the system. */
export async function callTimes(url: string, count: number, dns: string | undefined): Promise<readonly CallResult[]> {
  const results: CallResult[] = [];
  for (let made = 0; made < count; made++) {
    results.push(await call(dns === undefined ? { url } : { url, resolve: (name) => resolveBy(dns, name) }));
  }
  return results;
}

async function resolveBy(dns: string, name: string): Promise<string> {
  const [server = "", port = ""] = dns.split(":");
  const answer = await queryDns({ server, port: Number(port), name, type: "A" });
  const [address] = answer.answers.filter((record) => record.type === "A").map((record) => record.value);
  if (address === undefined) throw new Error(`the DNS server at ${dns} has no address for it`);
  return address;
}
