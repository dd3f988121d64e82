import { CORE, type KindDecoder } from "./kind.ts";

export const namespace: KindDecoder = {
  ...CORE,
  kind: "Namespace",
  scope: "cluster",
  decode(root, meta) {
    root.rest({ silent: ["spec", "status"] });
    return { kind: "Namespace", meta };
  },
};
