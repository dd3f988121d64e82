import { destinationRule } from "./destination-rule.ts";
import { endpointSlice } from "./endpoint-slice.ts";
import { endpoints } from "./endpoints.ts";
import { gateway } from "./gateway.ts";
import type { KindDecoder } from "./kind.ts";
import { namespace } from "./namespace.ts";
import { pod } from "./pod.ts";
import { service } from "./service.ts";
import { serviceAccount } from "./service-account.ts";
import { serviceEntry } from "./service-entry.ts";
import { sidecar } from "./sidecar.ts";
import { workloadEntry } from "./workload-entry.ts";

const all: readonly KindDecoder[] = [
  service,
  endpoints,
  endpointSlice,
  pod,
  namespace,
  serviceAccount,
  serviceEntry,
  workloadEntry,
  gateway,
  destinationRule,
  sidecar,
];

/** By kind: no two of ours share a name. ConfigMaps and the bare settings files have decoders of their own. */
export const decoders: ReadonlyMap<string, KindDecoder> = new Map(all.map((decoder) => [decoder.kind, decoder]));
