import type { Command } from "commander";
import type { ListedProxy, TypeStatus } from "../../admin/proxies.ts";
import type { Invocation } from "../invocation.ts";
import { formatList, parseOutputFormat } from "../output.ts";

/** `proxy-status` (`ps`): istioctl's table, with the last acknowledgement and the last rejection besides. */
export function addProxyStatusCommand(program: Command, invocation: Invocation): void {
  program
    .command("proxy-status")
    .alias("ps")
    .description("which proxies are connected, and whether they have what they should")
    .option("-o, --output <format>", "table, json or yaml", "table")
    .option("--compact", "the types that each proxy subscribes to, in one column")
    .option("-v, --verbosity <level>", "1: the reasons of rejections and what was left out as well", "0")
    .action(async (options: { output: string; compact?: boolean; verbosity: string }) => {
      const format = parseOutputFormat(options.output);
      const { proxies } = await invocation.client().get<{ proxies: ListedProxy[] }>("/api/v1/proxies");
      const column = (type: keyof ListedProxy["types"]) => (proxy: ListedProxy) => statusText(proxy.types[type]);
      const types = [
        ["CDS", column("CDS")],
        ["LDS", column("LDS")],
        ["EDS", column("EDS")],
        ["RDS", column("RDS")],
      ] as const;
      const table = formatList(format, proxies, [
        ["NAME", (proxy) => `${proxy.name}.${proxy.namespace}`],
        ["CLUSTER", (proxy) => (proxy.cluster === "" ? "-" : proxy.cluster)],
        ...(options.compact === true ? ([["SUBSCRIBED TYPES", subscribed]] as const) : types),
        ["ISTIOD", (proxy) => proxy.controlPlane],
        ["VERSION", (proxy) => proxy.version],
        ["LAST ACK", (proxy) => proxy.lastAck ?? "-"],
        ["NACK", (proxy) => (proxy.rejections.length === 0 ? "-" : String(proxy.rejections.length))],
      ]);
      invocation.terminal.out(table);
      if (format !== "table" || Number(options.verbosity) < 1) return;
      for (const proxy of proxies) {
        for (const text of [...proxy.rejections, ...proxy.remarks])
          invocation.terminal.out(`${proxy.name}.${proxy.namespace}: ${text}\n`);
      }
    });
}

function statusText(status: TypeStatus | undefined): string {
  return status ?? "IGNORED";
}

function subscribed(proxy: ListedProxy): string {
  const types = Object.keys(proxy.types).filter(
    (type) => proxy.types[type as keyof ListedProxy["types"]] !== undefined,
  );
  return `${types.length} (${types.join(",")})`;
}
