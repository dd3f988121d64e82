import { defaultMeshSettings, type PortNumber } from "@portolan/model";
import { CLUSTER, type MeshTranslation, viewId } from "@portolan/xds";
import { expect, test } from "vitest";
import { createAssign } from "./assign.ts";
import { createConnectedProxies } from "./connected-proxies.ts";

test("a few proxies that come in a storm of writes wait for the latest; a fleet that reconnects is not held up", async () => {
  const latest = Promise.withResolvers<void>();
  let asked = 0;
  const translation = { viewFor: () => viewId(`${++asked}`), release: () => {} } as Partial<MeshTranslation>;
  const assign = createAssign({
    settings: defaultMeshSettings,
    lowestPort: 1024 as PortNumber,
    translation: () => translation as MeshTranslation,
    proxies: createConnectedProxies(),
    caughtUp: () => latest.promise,
  });
  const come = () =>
    assign(
      { transport: "plaintext", address: "127.0.0.1" } as Parameters<typeof assign>[0],
      {
        id: "sidecar~10.0.0.1~till.shop~shop.svc.cluster.local",
        cluster: "",
        metadata: {},
        locality: "",
      } as Parameters<typeof assign>[1],
      CLUSTER,
    );
  const first = Array.from({ length: 8 }, come);
  expect(asked).toBe(0);
  expect(come()).toMatchObject({ view: "1" });
  latest.resolve();
  expect((await Promise.all(first)).every((assigned) => "view" in assigned)).toBe(true);
  expect(asked).toBe(9);
});
