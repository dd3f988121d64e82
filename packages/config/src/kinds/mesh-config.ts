import {
  type Cidr,
  type MeshSettingsObject,
  type ObjectMeta,
  type ProxyMode,
  parseCidr,
  parseHostname,
  parseNamespace,
  parseTrustDomain,
  type Result,
  whyNotPool,
} from "@portolan/model";
import type { Field } from "../read/field.ts";

/** Istio's settings that are known and not yet used: each is an info. */
const ISTIO_ONLY = [
  "accessLogEncoding",
  "accessLogFile",
  "accessLogFormat",
  "ca",
  "caCertificates",
  "certificates",
  "configSources",
  "connectTimeout",
  "defaultConfig",
  "defaultDestinationRuleExportTo",
  "defaultHttpRetryPolicy",
  "defaultProviders",
  "defaultServiceExportTo",
  "defaultVirtualServiceExportTo",
  "disableEnvoyListenerLog",
  "discoverySelectors",
  "dnsRefreshRate",
  "enableAutoMtls",
  "enableEnvoyAccessLogService",
  "enablePrometheusMerge",
  "enableTracing",
  "extensionProviders",
  "h2UpgradePolicy",
  "hboneIdleTimeout",
  "inboundClusterStatName",
  "inboundTrafficPolicy",
  "ingressClass",
  "ingressControllerMode",
  "ingressSelector",
  "ingressService",
  "localityLbSetting",
  "meshMTLS",
  "outboundClusterStatName",
  "outboundTrafficPolicy",
  "pathNormalization",
  "protocolDetectionTimeout",
  "proxyHttpPort",
  "proxyInboundListenPort",
  "proxyListenPort",
  "serviceScopeConfigs",
  "serviceSettings",
  "tcpKeepalive",
  "tlsDefaults",
  "trustDomainAliases",
  "verifyCertificateAtClient",
];

/**
 * Mesh settings in the form of Istio's MeshConfig. What is ours alone stands under `portolan`: `mode` (`bind` or `capture`),
 * `ownedSuffixes`, `serviceCidrs`, `bindPool` and `capturePool` (blocks of the VIPs of each mode), and `localPrefixes` (blocks that are
 * local on every machine, so that a `bindPool` may lie in them).
 */
export function decodeMeshConfig(root: Field, meta: ObjectMeta): MeshSettingsObject {
  const ours = root.get("portolan");
  const suffixes = ours.get("ownedSuffixes");
  const localPrefixes = listOf(ours.get("localPrefixes"), parseCidr);
  const settings: MeshSettingsObject = {
    kind: "MeshConfig",
    meta,
    trustDomain: root.get("trustDomain").mark().parsed(parseTrustDomain),
    rootNamespace: root.get("rootNamespace").mark().parsed(parseNamespace),
    mode: ours.get("mode").mark().choice(["bind", "capture"]),
    ownedSuffixes: suffixes.present ? listOf(suffixes, parseSuffix) : undefined,
    serviceCidrs: listOf(ours.get("serviceCidrs"), parseCidr),
    bindPool: ours.get("bindPool").mark().parsed(poolParser("bind", localPrefixes)),
    capturePool: ours.get("capturePool").mark().parsed(poolParser("capture", [])),
  };
  ours.rest();
  root.rest({ unused: ISTIO_ONLY, severity: "info" });
  return settings;
}

function poolParser(mode: ProxyMode, local: readonly Cidr[]): (text: string) => Result<Cidr> {
  return (text) => {
    const pool = parseCidr(text);
    const why = pool.ok ? whyNotPool(pool.value, mode, local) : undefined;
    return why === undefined ? pool : { ok: false, error: why };
  };
}

function listOf<Value>(field: Field, parse: (text: string) => Result<Value>): readonly Value[] {
  return field.items().flatMap((item) => item.required().mark().parsed(parse) ?? []);
}

/** `global` and `.global` are the same suffix. */
function parseSuffix(text: string): ReturnType<typeof parseHostname> {
  const host = parseHostname(text.startsWith(".") ? text.slice(1) : text);
  return host.ok && host.value.startsWith("*")
    ? { ok: false, error: "a suffix has no wildcard: write it as global" }
    : host;
}
