/** What configuration files of dnsmasq say, as far as it concerns us (dnsmasq(8)). */
export interface DnsmasqConf {
  /** Suffix -> where it is asked, as written: several servers, `#` for the usual ones, nothing for dnsmasq itself. */
  readonly servers: ReadonlyMap<string, readonly string[]>;
  readonly stopRebind: boolean;
  readonly rebindLocalhostOk: boolean;
  /** Domains whose answers may be private addresses. */
  readonly rebindDomains: readonly string[];
}

export function parseDnsmasqConf(texts: readonly string[]): DnsmasqConf {
  const servers = new Map<string, string[]>();
  const rebindDomains: string[] = [];
  let stopRebind = false;
  let rebindLocalhostOk = false;
  for (const line of texts.flatMap((text) => text.split(/\r?\n/))) {
    const [key = "", value = ""] = splitOnce(/^\s*#/.test(line) ? "" : line.trim());
    if (key === "stop-dns-rebind") stopRebind = true;
    else if (key === "rebind-localhost-ok") rebindLocalhostOk = true;
    else if (key === "rebind-domain-ok") rebindDomains.push(...domainsOf(value.includes("/") ? value : `/${value}/`));
    else if (key === "server" || key === "local") {
      const to = value.slice(value.lastIndexOf("/") + 1);
      for (const domain of domainsOf(value)) servers.set(domain, [...(servers.get(domain) ?? []), to]);
    }
  }
  return { servers, stopRebind, rebindLocalhostOk, rebindDomains };
}

/** Whether a domain, or one above it, is among some. */
export function covers(domains: Iterable<string>, name: string): boolean {
  for (const domain of domains) if (name === domain || name.endsWith(`.${domain}`)) return true;
  return false;
}

function splitOnce(line: string): readonly [string, string] {
  const at = line.indexOf("=");
  return at < 0 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}

/** `/global/svc.cluster.local/127.0.0.1#53`: those between slashes. */
function domainsOf(value: string): readonly string[] {
  return value
    .split("/")
    .slice(1, -1)
    .filter((domain) => domain !== "")
    .map((domain) => domain.toLowerCase().replace(/^\.|\.$/g, ""));
}
