import { isWildcard } from "./host-pattern.ts";
import { type Hostname, type Namespace, parseNamespace } from "./names.ts";
import { SERVICE_SUFFIX } from "./well-known.ts";

/** `<name>.<namespace>.<suffix>` taken apart. */
export interface OwnedHost {
  readonly name: string;
  readonly namespace: Namespace;
  readonly suffix: Hostname;
}

/** The owned suffix in which a host lies, the longest if several; undefined where it lies in none. */
export function ownedSuffixOf(suffixes: readonly Hostname[], host: Hostname): Hostname | undefined {
  let found: Hostname | undefined;
  for (const suffix of suffixes) {
    if ((host === suffix || host.endsWith(`.${suffix}`)) && suffix.length > (found?.length ?? -1)) found = suffix;
  }
  return found;
}

/** Undefined where the host lies in no owned suffix, or is not of the form `<name>.<namespace>.<suffix>`. */
export function parseOwnedHost(suffixes: readonly Hostname[], host: Hostname): OwnedHost | undefined {
  const suffix = ownedSuffixOf(suffixes, host);
  if (suffix === undefined || isWildcard(host)) return undefined;
  const [name = "", namespace = "", ...more] = host.slice(0, -suffix.length - 1).split(".");
  const parsed = parseNamespace(namespace);
  return name !== "" && more.length === 0 && parsed.ok ? { name, namespace: parsed.value, suffix } : undefined;
}

/** Host name of a Kubernetes Service. */
export function serviceHostname(name: string, namespace: string): Hostname {
  return `${name}.${namespace}.${SERVICE_SUFFIX}` as Hostname;
}
