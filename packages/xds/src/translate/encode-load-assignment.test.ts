import { ClusterLoadAssignmentSchema, encodeDeterministic } from "@portolan/envoy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CLUSTER_LOAD_ASSIGNMENT } from "../resource/type-url.ts";
import { valueOfAny } from "../resource/wire.ts";
import { encodeLoadAssignment } from "./encode-load-assignment.ts";
import { loadAssignment } from "./load-assignment.ts";

const address = fc.record({
  address: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("", "ü.example", "10.0.0.1")),
  port: fc.oneof(fc.integer({ min: 0, max: 65_535 }), fc.constantFrom(127, 128)),
  meshTls: fc.boolean(),
  weight: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 0xffff_ffff })),
  locality: fc.constantFrom("", "/", "eu", "eu/west", "eu/west/a/b", "//c"),
  healthy: fc.boolean(),
});

test("a load assignment's bytes are those of its message, whatever its addresses, weights and localities", () => {
  const name = fc.oneof(
    fc.constantFrom("", "outbound|8000||reviews.shop.svc.cluster.local"),
    fc.string({ unit: "grapheme" }),
  );
  fc.assert(
    fc.property(name, fc.array(address, { maxLength: 40 }), (clusterName, addresses) => {
      const expected = encodeDeterministic(ClusterLoadAssignmentSchema, loadAssignment(clusterName, addresses));
      const { body } = encodeLoadAssignment(clusterName, addresses);
      expect(Buffer.from(valueOfAny(CLUSTER_LOAD_ASSIGNMENT, body)).toString("hex")).toBe(
        Buffer.from(expected).toString("hex"),
      );
    }),
    { numRuns: 2000 },
  );
});
