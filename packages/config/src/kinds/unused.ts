/** Kinds that stand in people's files beside ours, by group. They are accepted and not yet used. */
const UNUSED: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "",
    [
      "Binding",
      "Event",
      "LimitRange",
      "Node",
      "PersistentVolume",
      "PersistentVolumeClaim",
      "PodTemplate",
      "ReplicationController",
      "ResourceQuota",
      "Secret",
    ],
  ],
  ["apps", ["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"]],
  ["batch", ["CronJob", "Job"]],
  ["extensions", ["DaemonSet", "Deployment", "Ingress", "NetworkPolicy", "ReplicaSet"]],
  ["autoscaling", ["HorizontalPodAutoscaler"]],
  ["policy", ["PodDisruptionBudget", "PodSecurityPolicy"]],
  ["rbac.authorization.k8s.io", ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]],
  ["networking.k8s.io", ["Ingress", "IngressClass", "NetworkPolicy"]],
  ["storage.k8s.io", ["StorageClass"]],
  ["scheduling.k8s.io", ["PriorityClass"]],
  ["coordination.k8s.io", ["Lease"]],
  ["apiextensions.k8s.io", ["CustomResourceDefinition"]],
  [
    "admissionregistration.k8s.io",
    [
      "MutatingWebhookConfiguration",
      "ValidatingAdmissionPolicy",
      "ValidatingAdmissionPolicyBinding",
      "ValidatingWebhookConfiguration",
    ],
  ],
  ["networking.istio.io", ["EnvoyFilter", "ProxyConfig", "VirtualService", "WorkloadGroup"]],
  ["security.istio.io", ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"]],
  ["telemetry.istio.io", ["Telemetry"]],
  ["extensions.istio.io", ["WasmPlugin"]],
  ["install.istio.io", ["IstioOperator"]],
  [
    "gateway.networking.k8s.io",
    [
      "BackendTLSPolicy",
      "Gateway",
      "GatewayClass",
      "GRPCRoute",
      "HTTPRoute",
      "ReferenceGrant",
      "TCPRoute",
      "TLSRoute",
      "UDPRoute",
    ],
  ],
]);

export function isUnused(group: string, kind: string): boolean {
  return UNUSED.get(group)?.includes(kind) === true;
}

export function unusedKinds(group: string): readonly string[] {
  return UNUSED.get(group) ?? [];
}

export interface UnusedKind {
  readonly group: string;
  readonly kind: string;
  /** Where its `kind:` stands. */
  readonly at: number;
}

/**
 * Whether the text is a document of a kind that is not used, told from its first column, so that a folder full of Deployments
 * and CRDs is not parsed. Inside a block mapping nothing but its own keys can stand at the first column.
 */
export function unusedKindOf(text: string): UnusedKind | undefined {
  if (/^\s*[{[]/.test(text)) return undefined;
  const kind = /(?:^|\n)kind:[ \t]*(["']?)([A-Za-z]{1,63})\1[ \t\r]*(?:#[^\n]*)?(?=\n|$)/.exec(text);
  if (kind === null) return undefined;
  const version = /(?:^|\n)apiVersion:[ \t]*(["']?)([A-Za-z0-9./-]{1,253})\1[ \t\r]*(?:#[^\n]*)?(?=\n|$)/.exec(text);
  const name = kind[2] ?? "";
  const group = groupOf(version?.[2] ?? "");
  const at = kind.index + (kind[0].startsWith("\n") ? 1 : 0);
  return version !== null && isUnused(group, name) ? { group, kind: name, at } : undefined;
}

/** `networking.istio.io/v1` -> `networking.istio.io`; `v1` -> the core group, which is empty. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** What leaving a kind out means: who may call whom is not decided by a policy that nobody carries out. */
export function unusedMessage(group: string, kind: string): { severity: "info" | "warning"; message: string } {
  if (group === "security.istio.io") {
    return { severity: "warning", message: `${kind} is not yet used: nothing is allowed or refused by it` };
  }
  return { severity: "info", message: `${kind} is not yet used` };
}
