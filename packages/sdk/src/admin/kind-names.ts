import { type ObjectKind, printable } from "@portolan/model";
import { SdkError } from "../error.ts";

/** The words of kubectl for each kind: singular, plural and short. */
const names: Readonly<Record<ObjectKind, readonly string[]>> = {
  Service: ["service", "services", "svc"],
  Endpoints: ["endpoints", "ep"],
  EndpointSlice: ["endpointslice", "endpointslices"],
  Pod: ["pod", "pods", "po"],
  Namespace: ["namespace", "namespaces", "ns"],
  ServiceAccount: ["serviceaccount", "serviceaccounts", "sa"],
  ServiceEntry: ["serviceentry", "serviceentries", "se"],
  WorkloadEntry: ["workloadentry", "workloadentries", "we"],
  Gateway: ["gateway", "gateways", "gw"],
  Sidecar: ["sidecar", "sidecars"],
  DestinationRule: ["destinationrule", "destinationrules", "dr"],
  MeshConfig: ["meshconfig", "configmap", "configmaps", "cm"],
  MeshNetworks: ["meshnetworks", "configmap", "configmaps", "cm"],
};

/** A group suffix (`serviceentries.networking.istio.io`) is dropped; `all` and `resources` mean every kind. */
export function kindsNamed(text: string): readonly ObjectKind[] | "all" {
  const word = text.toLowerCase().split(".", 1)[0] ?? "";
  if (word === "all" || word === "resources") return "all";
  const found = (Object.keys(names) as ObjectKind[]).filter((kind) => names[kind].includes(word));
  if (found.length > 0) return found;
  throw new SdkError(
    "usage",
    `"${printable(text)}" is no kind: use all, ${Object.values(names)
      .map((list) => list[0])
      .join(", ")}`,
  );
}
