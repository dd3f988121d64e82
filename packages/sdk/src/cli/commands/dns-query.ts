import type { DnsAnswer } from "@portolan/dns";
import { parseIpAddress } from "@portolan/model";
import type { Command } from "commander";
import { readPorts } from "../../control-plane/ports-file.ts";
import { SdkError } from "../../error.ts";
import { parseListenAddress } from "../../listen-address.ts";
import { exitCodes } from "../exit-code.ts";
import type { Invocation } from "../invocation.ts";
import { formatValue, parseOutputFormat } from "../output.ts";

interface Flags {
  readonly server?: string;
  readonly tcp?: boolean;
  readonly output: string;
}

/** `dns query NAME [TYPE]`: what the server says of a name. Exit code 1 where that is not NOERROR. */
export function addDnsQueryCommand(dns: Command, invocation: Invocation): void {
  const { terminal, data } = invocation;
  dns
    .command("query")
    .description("ask the server for a name")
    .argument("<name>", "a name; or an address, whose name is asked for")
    .argument("[type]", "A, AAAA, SRV, PTR, ... (default: A; PTR for an address)")
    .option("--server <address>", "IP:PORT of the DNS server (default: that of the running server)")
    .option("--tcp", "ask over TCP")
    .option("-o, --output <format>", "table, json or yaml", "table")
    .action(async (name: string, type: string | undefined, flags: Flags) => {
      const format = parseOutputFormat(flags.output);
      const place = flags.server ?? (await readPorts(data))?.dns;
      if (place === undefined) {
        throw new SdkError(
          "unreachable",
          `no DNS server is running with --data ${data}: start one with "portolan serve --data ${data}", or name it with --server IP:PORT`,
        );
      }
      const server = parseListenAddress(place, "--server", 15053);
      const { DnsError, queryDns } = await import("@portolan/dns");
      const question = await questionOf(name, type?.toUpperCase());
      const answer = await queryDns({
        server: server.address,
        port: server.port,
        ...question,
        tcp: flags.tcp === true,
      }).catch((error: unknown) => {
        if (!(error instanceof DnsError) || error.code !== "no-answer") throw error;
        const start = `start it (portolan serve --dns ${place}), or name another with --server IP:PORT`;
        throw new SdkError("unreachable", `${error.message}: ${start}`);
      });
      if (format !== "table") terminal.out(formatValue(format, answer));
      else {
        for (const record of [...answer.answers, ...answer.additional]) {
          terminal.out(`${record.name} ${record.ttlSeconds} ${record.type} ${record.value}\n`);
        }
        terminal.talk(`${summaryOf(answer, question.type)}\n`);
      }
      if (answer.rcode !== "NOERROR") invocation.exit(exitCodes.failure);
    });
}

/** An address stands for its name in `in-addr.arpa` or `ip6.arpa`, unless another type is asked for. */
async function questionOf(name: string, type: string | undefined): Promise<{ name: string; type: string }> {
  const address = parseIpAddress(name);
  if (!address.ok || (type ?? "PTR") !== "PTR") return { name, type: type ?? "A" };
  const { reverseName } = await import("@portolan/dns");
  return { name: reverseName(address.value), type: "PTR" };
}

function summaryOf({ rcode, truncated, answers }: DnsAnswer, type: string): string {
  const count = `${rcode}, ${answers.length} ${answers.length === 1 ? "record" : "records"}`;
  if (truncated) return `${count}: the answer is longer than a message may be (truncated)`;
  if (rcode === "NOERROR" && answers.length === 0) return `${count}: the name exists, and has no ${type}`;
  return count;
}
