import { expect, test } from "vitest";
import { ClusterSchema, create, fromBinary, toBinary } from "./index.ts";

test("a generated message survives encoding", () => {
  const bytes = toBinary(ClusterSchema, create(ClusterSchema, { name: "outbound|8000||httpbin.bar.global" }));
  expect(fromBinary(ClusterSchema, bytes).name).toBe("outbound|8000||httpbin.bar.global");
});
