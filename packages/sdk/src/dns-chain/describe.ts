import { type Cidr, parseHostname } from "@portolan/model";
import type { AdminClient } from "../cli/admin-client.ts";
import { readPorts } from "../control-plane/ports-file.ts";
import { SdkError } from "../error.ts";
import { parseListenAddress } from "../listen-address.ts";
import { type Chained, DEFAULT_SERVER, DEFAULT_SUFFIXES } from "./chained.ts";

export interface ChainFlags {
  readonly server?: string;
  readonly suffix?: readonly string[];
}

/** What the admin API says of the DNS server's names. */
export interface DnsNaming {
  readonly suffixes: readonly string[];
  readonly pools: readonly Cidr[];
}

export interface ChainSource {
  readonly data: string;
  client(): AdminClient;
}

/** What the flags say, else what the server of `--data` does; without one, its defaults, which `assumed` hears of. */
export async function describeChain(
  flags: ChainFlags,
  { data, client }: ChainSource,
  assumed: (why: string) => void = () => {},
): Promise<Chained> {
  const ports = await readPorts(data);
  const place = flags.server ?? ports?.dns ?? DEFAULT_SERVER;
  const naming = ports === undefined ? undefined : await askNaming(client());
  if (naming === undefined && (flags.server === undefined || flags.suffix === undefined)) {
    assumed(`no server is running with --data ${data}: what --server and --suffix do not say are its defaults`);
  }
  return {
    server: parseListenAddress(place, "--server", 15053),
    suffixes: flags.suffix?.map(parseSuffix) ?? naming?.suffixes ?? DEFAULT_SUFFIXES,
    pools: naming?.pools ?? ["127.255.0.0/16" as Cidr],
  };
}

/** Undefined where the server is gone, although it left its ports. */
async function askNaming(client: AdminClient): Promise<DnsNaming | undefined> {
  try {
    return await client.get<DnsNaming>("/api/v1/dns");
  } catch (error) {
    if (error instanceof SdkError && error.code === "unreachable") return undefined;
    throw error;
  }
}

function parseSuffix(text: string): string {
  const host = parseHostname(text.replace(/^\.|\.$/g, ""));
  if (!host.ok || host.value.startsWith("*"))
    throw new SdkError("usage", `--suffix "${text}" is not a suffix such as global`);
  return host.value;
}
