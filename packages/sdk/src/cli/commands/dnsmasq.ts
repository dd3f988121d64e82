import { type IpAddress, parseIpAddress } from "@portolan/model";
import type { Command } from "commander";
import type { ChainFlags } from "../../dns-chain/describe.ts";
import { SdkError } from "../../error.ts";
import type { Invocation } from "../invocation.ts";
import { addChainOptions } from "./dns-snippet.ts";

const balancers = ["dns", "mixer", "pilot", "ca"] as const;

type Flags = ChainFlags & { readonly [Name in `${(typeof balancers)[number]}Ilb`]?: string };

/**
 * `dnsmasq`: with the addresses of internal load balancers, the file that Istio's older documents call `kubedns`; without, the snippet
 * that sends the mesh's names to our own server.
 */
export function addDnsmasqCommand(program: Command, invocation: Invocation): void {
  const command = program
    .command("dnsmasq")
    .description(
      "a file for /etc/dnsmasq.d: the mesh's names; with the --*-ilb addresses, the file kubedns of the older documents",
    );
  for (const name of balancers) {
    command.option(
      `--${name}-ilb <ip>`,
      `address of the internal load balancer of ${name === "dns" ? "the cluster's DNS" : `istio-${name}`}`,
    );
  }
  addChainOptions(command).action(async (flags: Flags) => {
    const { formatDnsmasq, formatKubedns } = await import("../../dns-chain/dnsmasq.ts");
    const given = balancers.filter((name) => flags[`${name}Ilb`] !== undefined);
    if (given.length > 0) {
      const of = (name: (typeof balancers)[number]) => addressOf(`--${name}-ilb`, flags[`${name}Ilb`]);
      const all = { dns: of("dns"), mixer: of("mixer"), pilot: of("pilot"), ca: of("ca") };
      return invocation.terminal.out(formatKubedns(all, invocation.namespace ?? "istio-system"));
    }
    const { describeChain } = await import("../../dns-chain/describe.ts");
    const { out, talk } = invocation.terminal;
    out(formatDnsmasq(await describeChain(flags, invocation, (why) => talk(`${why}\n`))));
  });
}

function addressOf(flag: string, text: string | undefined): IpAddress {
  if (text === undefined) {
    throw new SdkError(
      "usage",
      `${flag} is missing: the file kubedns needs --dns-ilb, --mixer-ilb, --pilot-ilb and --ca-ilb`,
    );
  }
  const address = parseIpAddress(text);
  if (!address.ok) throw new SdkError("usage", `${flag}: ${address.error}`);
  return address.value;
}
