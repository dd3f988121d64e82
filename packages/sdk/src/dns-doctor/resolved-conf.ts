/** What drop-ins of systemd-resolved say (resolved.conf(5)). */
export interface ResolvedConf {
  /** As written, such as `127.0.0.1:15053`; a server name behind `#` is left out. */
  readonly servers: readonly string[];
  /** Suffixes that are routed to these servers, without `~`. */
  readonly domains: readonly string[];
}

/** A later assignment adds to the ones before; an empty one begins anew. */
export function parseResolvedConf(texts: readonly string[]): ResolvedConf {
  let servers: string[] = [];
  let domains: string[] = [];
  for (const line of texts.flatMap((text) => text.split(/\r?\n/))) {
    const match = /^\s*(DNS|Domains)\s*=\s*(.*?)\s*$/.exec(line);
    const values = (match?.[2] ?? "").split(/\s+/).filter((value) => value !== "");
    if (match?.[1] === "DNS")
      servers = values.length === 0 ? [] : [...servers, ...values.map((one) => one.split("#")[0] ?? "")];
    if (match?.[1] === "Domains")
      domains = values.length === 0 ? [] : [...domains, ...values.map((one) => one.replace(/^~/, "").toLowerCase())];
  }
  return { servers, domains };
}
