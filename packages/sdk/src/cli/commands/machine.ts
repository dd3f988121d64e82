import { type Command, Option } from "commander";
import { serveApplication } from "../../demo/application.ts";
import { callTimes } from "../../demo/call.ts";
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
    .action(async (url: string, options: { count: string }) => {
      const results = await callTimes({ url }, Number(options.count));
      invocation.terminal.out(`${JSON.stringify(results)}\n`);
    });
  hidden("demo-reach")
    .argument("<targets...>")
    .action(async (targets: string[]) => {
      invocation.terminal.out(`${JSON.stringify(await Promise.all(targets.map((target) => reach(target))))}\n`);
    });
}
