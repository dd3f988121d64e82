import type { MeshObject, ObjectKey } from "@portolan/model";
import { expect, test } from "vitest";
import { createManifestReader } from "./manifests.ts";

const list = `kind: List
items:
- {kind: Service, metadata: {name: a, namespace: null}}
- {kind: Service, metadata: {name: b, namespace: ""}}
- {kind: Service, metadata: {name: c}}
- {kind: Service, metadata: {name: c, namespace: other}}
`;

test.each(["a", "b", "c"])(
  "of a list the object is given that is meant, with its namespace, however that is left open: %s",
  (name) => {
    const manifestOf = createManifestReader({ manifest: () => list });
    const object = { kind: "Service", meta: { name, namespace: "shop" } } as MeshObject;
    expect(manifestOf(`Service/shop/${name}` as ObjectKey, object)).toEqual({
      kind: "Service",
      metadata: { name, namespace: "shop" },
    });
  },
);
