import { readFile } from "node:fs/promises";
import { parseResolvConf, parseUpstream } from "@portolan/dns";
import type { ControlPlaneOptions } from "../control-plane/options.ts";
import { parseDuration } from "../duration.ts";
import { SdkError } from "../error.ts";
import { type ListenAddress, parseListenAddress } from "../listen-address.ts";
import type { ServeFlags } from "./flags.ts";
import { parseXdsLimits } from "./xds-limits.ts";

/** What the flags mean. */
export async function parseServeFlags(flags: ServeFlags, data: string): Promise<ControlPlaneOptions> {
  const { workloadCertTtl } = flags;
  return {
    config: flags.config ?? [],
    data,
    xds: parseListenAddress(flags.xds, "--xds"),
    xdsPlaintext: unlessOff(flags.xdsPlaintext, "--xds-plaintext"),
    workers: countOf("--workers", flags.workers, 64),
    xdsLimits: parseXdsLimits(flags.xdsLimit ?? []),
    dns: dnsOf(flags.dns ?? ["127.0.0.1:15053"]),
    dnsWorkers: countOf("--dns-workers", flags.dnsWorkers, 64),
    dnsUpstreams: await upstreamsOf(flags.dnsUpstream),
    admin: unlessOff(flags.admin, "--admin"),
    advertise: flags.advertise ?? [],
    mode: flags.mode,
    strict: flags.strict === true,
    debounceMs: debounceOf(flags.debounce),
    ...(workloadCertTtl === undefined ? {} : { workloadCertTtlMs: lifetimeOf(workloadCertTtl) }),
  };
}

function unlessOff(text: string, flag: string): ListenAddress | undefined {
  return text === "off" ? undefined : parseListenAddress(text, flag);
}

/** `off` takes back what was said before it, as a later flag does. */
function dnsOf(given: readonly string[]): readonly ListenAddress[] {
  const all = given.flatMap((text) => text.split(","));
  const texts = all.slice(all.lastIndexOf("off") + 1);
  return texts.map((text) => parseListenAddress(text.trim(), "--dns", 15053));
}

function countOf(flag: string, text: string, most: number): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count <= most) return count;
  throw new SdkError("usage", `${flag} "${text}" is not a whole number from 0 to ${most}`);
}

/** `off`: nowhere; not given: where the system's own resolver asks. */
async function upstreamsOf(given: readonly string[] | undefined): Promise<readonly ListenAddress[]> {
  if (given?.length === 1 && given[0] === "off") return [];
  if (given !== undefined) {
    return given.map((text) => {
      const upstream = parseUpstream(text);
      if (!upstream.ok) throw new SdkError("usage", `--dns-upstream: ${upstream.error}`);
      return upstream.value;
    });
  }
  const system = await readFile("/etc/resolv.conf", "utf8").catch(() => "");
  return parseResolvConf(system).nameservers.map((address) => ({ address, port: 53 }));
}

function debounceOf(text: string): number {
  const debounceMs = Number(text);
  if (/^\d+$/.test(text) && debounceMs <= 10_000) return debounceMs;
  throw new SdkError("usage", `--debounce "${text}" is not a number of milliseconds from 0 to 10000`);
}

/** Shorter than the seconds in which certificates count they would be renewed all the time. */
function lifetimeOf(text: string): number {
  const flag = "--workload-cert-ttl";
  const ttlMs = parseDuration(text, flag);
  if (ttlMs >= 2_000) return ttlMs;
  throw new SdkError("usage", `${flag} "${text}" is too short: certificates live for 2s or longer`);
}
