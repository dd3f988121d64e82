import { describe, expect, it } from "vitest";
import { decodeOne, objectOf, problemsOf } from "../testing/decoding.ts";

const rule = (spec: string) =>
  `apiVersion: networking.istio.io/v1beta1\nkind: DestinationRule\nmetadata: {name: x, namespace: shop}\nspec: {${spec}}`;

describe("DestinationRule", () => {
  it("3.34 a rule without host is refused: host is required", () => {
    const decoded = decodeOne(rule("trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}}"));
    expect(decoded).toMatchObject({ objects: [], rejected: ["DestinationRule/shop/x"] });
    expect(decoded.problems).toMatchObject([
      { code: "IST0106", path: "spec.host", message: expect.stringContaining("host is required") },
    ]);
  });

  it("connection pools are read, durations in milliseconds", () => {
    const pool =
      "tcp: {maxConnections: 100, connectTimeout: 30ms}, http: {http2MaxRequests: 1000, maxRequestsPerConnection: 10}";
    expect(
      objectOf("DestinationRule", rule(`host: reviews, trafficPolicy: {connectionPool: {${pool}}}`)).policy
        .connectionPool,
    ).toMatchObject({
      maxConnections: 100,
      connectTimeoutMs: 30,
      http2MaxRequests: 1000,
      maxRequestsPerConnection: 10,
      maxRetries: undefined,
    });
  });

  it.each([
    ["reviews", "reviews.shop.svc.cluster.local"],
    ["reviews.other", "reviews.other"],
    ["Reviews.Other.svc.cluster.local.", "reviews.other.svc.cluster.local"],
    ["'*.svc.cluster.local'", "*.svc.cluster.local"],
    ["'*'", "*"],
  ])("host %s is %s", (host, expected) => {
    expect(objectOf("DestinationRule", rule(`host: ${host}`)).host).toBe(expected);
  });

  it.each([
    ["trafficPolicy: {tls: {mode: MUTUAL}}", /tls.clientCertificate: error .* is required: mode MUTUAL/],
    ["trafficPolicy: {tls: {mode: ISTIO_MUTUAL, privateKey: /k}}", /tls.privateKey: error .* own certificates/],
    ["trafficPolicy: {tls: {mode: SIMPLE, credentialName: c}}", /tls.credentialName: error .* not yet supported/],
    ["trafficPolicy: {tls: {mode: mutual}}", /tls.mode: error .*did you mean "MUTUAL"/],
    ["trafficPolicy: {connectionPool: {tcp: {connectTimeout: 30}}}", /connectTimeout: error .*"30" is not a duration/],
    ["trafficPolicy: {connectionPool: {tcp: {connectTimeout: -1s}}}", /connectTimeout: error .* is not a duration/],
    ["trafficPolicy: {connectionPool: {http: {maxRetries: 3.5}}}", /maxRetries: error .* whole number/],
    ["trafficPolicy: {outlierDetection: {}}", /outlierDetection: warning \[PTL1009\]/],
    [
      "trafficPolicy: {portLevelSettings: [{port: {number: 80}}, {port: {number: 80}}]}",
      /portLevelSettings.1.port.number: error .* twice/,
    ],
    ["subsets: [{name: v1}, {name: v1}]", /subsets.1.name: error .* twice/],
    ["subsets: [{name: V_1}]", /subsets.0.name: error/],
    ["subsets: [{}]", /subsets.0.name: error .* name is required/],
  ])("{%s}", (spec, expected) => {
    expect(problemsOf(rule(`host: reviews, ${spec}`)).join("\n")).toMatch(expected);
  });
});
