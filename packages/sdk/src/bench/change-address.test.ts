import { ClusterLoadAssignmentSchema, create, toBinary } from "@portolan/envoy";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CHANGES, changeAddress, eachChange } from "./change-address.ts";

test("a change is read back from the load assignment that holds its address, and from nothing else", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: CHANGES - 1 }), (change) => {
      const lbEndpoints = ["10.11.100.100", "211.100.100.10", changeAddress(change), "11.1.2.3"].map((address) => ({
        hostIdentifier: {
          case: "endpoint" as const,
          value: { address: { address: { case: "socketAddress" as const, value: { address } } } },
        },
      }));
      const message = create(ClusterLoadAssignmentSchema, {
        clusterName: "11.100.100.1",
        endpoints: [{ lbEndpoints }],
      });
      const found: number[] = [];
      eachChange(Buffer.from(toBinary(ClusterLoadAssignmentSchema, message)), (each) => found.push(each));
      expect(found).toEqual([change]);
    }),
  );
});

test("addresses differ, and are all of one length", () => {
  const addresses = Array.from({ length: 1000 }, (_, at) => changeAddress(at * 3001));
  expect(new Set(addresses).size).toBe(1000);
  expect(new Set(addresses.map(({ length }) => length))).toEqual(new Set([14]));
});

test("bytes of any kind are searched without harm", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => eachChange(Buffer.from(bytes), () => {})));
  eachChange(Buffer.from("\x0e11.100.1"), () => expect.unreachable());
});
