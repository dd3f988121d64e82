import type { Command } from "commander";
import { readPorts } from "../../control-plane/ports-file.ts";
import { SdkError } from "../../error.ts";
import { parseListenAddress } from "../../listen-address.ts";
import { exitCodes } from "../exit-code.ts";
import type { Invocation } from "../invocation.ts";
import { addDnsDoctorCommand } from "./dns-doctor.ts";
import { addDnsSnippetCommand } from "./dns-snippet.ts";

/** `dns query NAME [TYPE]`, `dns snippet` and `dns doctor`. */
export function addDnsCommands(program: Command, invocation: Invocation): void {
  const dns = program.command("dns").description("the mesh's DNS server");
  addDnsSnippetCommand(dns, invocation);
  addDnsDoctorCommand(dns, invocation);
  dns
    .command("query")
    .description("ask the server for a name")
    .argument("<name>")
    .argument("[type]", "A, AAAA, SRV, PTR, ...", "A")
    .option("--server <address>", "IP:PORT of the DNS server (default: that of the running server)")
    .option("--tcp", "ask over TCP")
    .action(async (name: string, type: string, options: { server?: string; tcp?: boolean }) => {
      const place = options.server ?? (await readPorts(invocation.data))?.dns;
      if (place === undefined)
        throw new SdkError("unreachable", "no DNS server is running: start one, or name it with --server IP:PORT");
      const { address, port } = parseListenAddress(place, "--server");
      const { queryDns } = await import("@portolan/dns");
      const answer = await queryDns({
        server: address,
        port,
        name,
        type: type.toUpperCase(),
        tcp: options.tcp === true,
      });
      for (const record of [...answer.answers, ...answer.additional]) {
        invocation.terminal.out(`${record.name} ${record.ttlSeconds} ${record.type} ${record.value}\n`);
      }
      invocation.terminal.talk(`${answer.rcode}, ${answer.answers.length} records\n`);
      if (answer.rcode !== "NOERROR") invocation.exit(exitCodes.failure);
    });
}
