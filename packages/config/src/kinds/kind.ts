import type { MeshObject, ObjectMeta } from "@portolan/model";
import type { Field } from "../read/field.ts";

/** How documents of one kind become objects. */
export interface KindDecoder {
  readonly kind: MeshObject["kind"];
  /** Empty for Kubernetes' core group. */
  readonly group: string;
  readonly versions: readonly string[];
  readonly scope: "namespaced" | "cluster";
  /** Gives undefined where the object cannot stand; every reason is in the reading of `root`. */
  decode(root: Field, meta: ObjectMeta): MeshObject | undefined;
}

export const ISTIO_NETWORKING = {
  group: "networking.istio.io",
  versions: ["v1", "v1beta1", "v1alpha3"],
  scope: "namespaced",
} as const;

export const CORE = { group: "", versions: ["v1"], scope: "namespaced" } as const;
