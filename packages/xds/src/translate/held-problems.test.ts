import { objectKey } from "@portolan/model";
import { expect, test } from "vitest";
import { layerId } from "../snapshot/ids.ts";
import { resourceOf, typeNamed } from "../testing/resources.ts";
import { contentOf, createMesh, follow, sidecarOf } from "./testing/mesh.ts";
import { entry, injected, pod, service } from "./testing/objects.ts";

const proxy = sidecarOf("shop", "127.0.1.9");

function codes(problems: readonly { readonly code: string; readonly message: string }[]): string[] {
  return problems.map(({ code, message }) => `${code} ${message}`);
}

test("PTL1603 two listeners of a proxy on one address and port: one is left out, and told at its object", () => {
  const clash = entry({ host: "clash.shop.global", addresses: ["127.0.1.9"], ports: ["TCP:15006"] });
  const own = [
    injected("shop"),
    service({ name: "reviews", ports: ["HTTP:8000:8888"] }),
    pod({ name: "one", address: "127.0.1.9", labels: { app: "reviews" } }),
  ];
  const { mesh, store, translation } = follow(createMesh(...own, clash));
  const view = translation.viewFor(proxy);
  const listeners = () =>
    Object.keys(contentOf(store, view)).filter((name) => /^Listener .*(15006|virtualInbound)/.test(name));
  expect(listeners()).toEqual(["Listener 127.0.1.9_15006"]);
  const [problem] = translation.problemsOf(proxy).filter(({ code }) => code === "PTL1603");
  expect(problem?.message).toBe(
    "LDS virtualInbound binds an address and port that LDS 127.0.1.9_15006 has; what was served before stays",
  );
  // Another proxy, with another address, has both.
  expect(codes(translation.problemsOf(sidecarOf("shop", "127.0.1.8"))).join()).not.toContain("PTL1603");
  mesh.edit([entry({ host: "clash.shop.global", addresses: ["127.0.1.7"], ports: ["TCP:15006"] })]);
  expect(listeners()).toEqual(["Listener 127.0.1.7_15006", "Listener virtualInbound"]);
  expect(codes(translation.problemsOf(proxy)).join()).not.toContain("PTL1603");
});

test("PTL1602 a resource that refers to what is not there is told at its object until it is there", () => {
  const { store, translation } = follow(createMesh(entry({ host: "a.shop.global" })));
  const view = translation.viewFor(proxy);
  const layers = store.views().find((each) => each.view === view)?.layers ?? [];
  const layer = layers.find((id) => id.startsWith("listeners")) ?? layerId("none");
  const { typeUrl } = typeNamed("CDS");
  const origins = [objectKey("ServiceEntry", "shop", "a.shop.global")];
  const route = { ...resourceOf("RDS", "r", "1", [{ typeUrl, name: "gone" }]), origins };
  store.update({ revision: store.revision + 1, layers: [{ layer, set: [route], removed: [] }] });
  expect(translation.problemsOf(proxy)).toMatchObject([
    {
      code: "PTL1602",
      severity: "error",
      object: origins[0],
      origin: { file: "mesh.yaml" },
      message: "RDS r refers to CDS gone, which is not there; what was served before stays",
    },
  ]);
  expect(codes(translation.problemsOf(sidecarOf("films", "127.0.1.9")))).toEqual([]);
  const clusters = layers.find((id) => id.startsWith("clusters")) ?? layerId("none");
  const update = { layer: clusters, set: [resourceOf("CDS", "gone", "1")], removed: [] };
  store.update({ revision: store.revision + 1, layers: [update] });
  expect(translation.problemsOf(proxy)).toEqual([]);
});
