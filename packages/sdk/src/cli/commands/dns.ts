import type { Command } from "commander";
import type { Invocation } from "../invocation.ts";
import { addDnsDoctorCommand } from "./dns-doctor.ts";
import { addDnsQueryCommand } from "./dns-query.ts";
import { addDnsSnippetCommand } from "./dns-snippet.ts";

/** `dns query NAME [TYPE]`, `dns snippet` and `dns doctor`. */
export function addDnsCommands(program: Command, invocation: Invocation): void {
  const dns = program.command("dns").description("the mesh's DNS server");
  addDnsSnippetCommand(dns, invocation);
  addDnsDoctorCommand(dns, invocation);
  addDnsQueryCommand(dns, invocation);
}
