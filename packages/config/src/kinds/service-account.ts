import { CORE, type KindDecoder } from "./kind.ts";

export const serviceAccount: KindDecoder = {
  ...CORE,
  kind: "ServiceAccount",
  decode(root, meta) {
    root.rest({ silent: ["secrets", "imagePullSecrets", "automountServiceAccountToken"] });
    return { kind: "ServiceAccount", meta };
  },
};
