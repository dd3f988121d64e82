import { expect, it } from "vitest";
import { decodeAll } from "../testing/decoding.ts";

it("places what is wrong on an empty line of a block at that line's end, not as far right as the block", () => {
  const text = `apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  meshNetworks: |
    networks:
      north:
        gateways:
          - address: 192.0.2.1
            port: 154---

    -      locality: eu
    %west: {}
`;
  const [first] = decodeAll(text).flatMap(({ problems }) => problems);
  expect(first?.origin.position).toEqual({ line: 11, column: 1 });
});
