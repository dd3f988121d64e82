import type { Namespace } from "../names.ts";
import type { Origin, Position } from "../origin.ts";

export type Labels = ReadonlyMap<string, string>;

/** What every object has. Cluster-scoped kinds (Namespace) have the empty namespace. */
export interface ObjectMeta {
  readonly namespace: Namespace | "";
  readonly name: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly origin: Origin;
  /** Places of the fields that a later check may have to name: `spec.hosts.0`, `spec.addresses.1`, `spec.endpoints.0.address`, ... */
  readonly positions: ReadonlyMap<string, Position>;
}

/** Which namespaces see an object: `*` all, `.` its own, `~` none, else the named ones. */
export interface ExportTo {
  readonly all: boolean;
  readonly own: boolean;
  readonly namespaces: readonly Namespace[];
}
