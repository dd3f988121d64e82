import { isLoopback } from "@portolan/model";
import { type Command, Option } from "commander";
import type { ChainFlags } from "../../dns-chain/describe.ts";
import type { Invocation } from "../invocation.ts";

const resolvers = ["coredns", "dnsmasq", "systemd-resolved"] as const;

type Resolver = (typeof resolvers)[number];

export function addChainOptions(command: Command): Command {
  return command
    .option(
      "--server <address>",
      "IP:PORT of the DNS server, as the other resolver reaches it (default: that of the running server)",
    )
    .addOption(
      new Option(
        "--suffix <suffix>",
        "suffix that is asked of it; given again for more (default: those of the mesh)",
      ).argParser((text: string, before: string[] = []) => [...before, text]),
    );
}

/** `dns snippet coredns|dnsmasq|systemd-resolved`: what another resolver has to be told. */
export function addDnsSnippetCommand(dns: Command, invocation: Invocation): void {
  const command = dns
    .command("snippet")
    .description(`print what another resolver has to be told: ${resolvers.join(", ")}`)
    .argument("<resolver>", resolvers.join(", "));
  addChainOptions(command)
    .option("--config-map", "coredns: the whole ConfigMap of a cluster in the place of the server blocks")
    .action(async (resolver: string, flags: ChainFlags & { configMap?: boolean }) => {
      const [{ describeChain }, format] = await Promise.all([
        import("../../dns-chain/describe.ts"),
        formatOf(resolver, flags.configMap === true),
      ]);
      const { out, talk } = invocation.terminal;
      const chained = await describeChain(flags, invocation, (why) => talk(`${why}\n`));
      if (resolver === "coredns" && isLoopback(chained.server.address)) {
        const place = chained.server.address;
        talk(
          `in a pod ${place} is the pod itself: have the server listen where pods reach it, and name that with --server\n`,
        );
      }
      out(format(chained));
    });
}

async function formatOf(resolver: string, configMap: boolean) {
  switch (resolver as Resolver) {
    case "coredns": {
      const { formatCorednsConfigMap, formatCorefile } = await import("../../dns-chain/coredns.ts");
      return configMap ? formatCorednsConfigMap : formatCorefile;
    }
    case "dnsmasq":
      return (await import("../../dns-chain/dnsmasq.ts")).formatDnsmasq;
    case "systemd-resolved":
      return (await import("../../dns-chain/systemd-resolved.ts")).formatSystemdResolved;
    default: {
      const { SdkError } = await import("../../error.ts");
      throw new SdkError("usage", `"${resolver}" is no resolver that is known: use ${resolvers.join(", ")}`);
    }
  }
}
