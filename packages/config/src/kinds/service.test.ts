import { describe, expect, it } from "vitest";
import { objectOf, problemsOf } from "../testing/decoding.ts";

const service = (spec: string, metadata = "name: x") =>
  `apiVersion: v1\nkind: Service\nmetadata: {${metadata}}\nspec: {${spec}}`;

describe("Service", () => {
  it("2.26 a port named http with protocol: TCP is HTTP", () => {
    const { ports } = objectOf("Service", service("ports: [{name: http, port: 80, protocol: TCP}]"));
    expect(ports).toEqual([{ name: "http", number: 80, protocol: "HTTP", targetPort: 80 }]);
  });

  it.each([
    ["http", "HTTP"],
    ["http-web", "HTTP"],
    ["http2", "HTTP2"],
    ["http2-x", "HTTP2"],
    ["grpc", "GRPC"],
    ["mongo", "MONGO"],
    ["redis-1", "REDIS"],
    ["http2foo", "TCP"],
    ["udp", "TCP"],
    ["", "TCP"],
  ])("a port named %s carries %s", (name, protocol) => {
    expect(objectOf("Service", service(`ports: [{name: "${name}", port: 80}]`)).ports[0]?.protocol).toBe(protocol);
  });

  it("UDP only where it is said", () => {
    expect(objectOf("Service", service("ports: [{name: http, port: 80, protocol: UDP}]")).ports[0]?.protocol).toBe(
      "UDP",
    );
  });

  it("no selector is not a selector of everything", () => {
    expect(objectOf("Service", service("ports: [{port: 3306}]")).selector).toBeUndefined();
    expect(objectOf("Service", service("ports: [{port: 3306}], selector: {}")).selector).toBeUndefined();
    expect(objectOf("Service", service("ports: [{port: 3306}], selector: {a: b}")).selector).toEqual(
      new Map([["a", "b"]]),
    );
  });

  it("exportTo stands in an annotation, and its mistakes have its place", () => {
    const metadata = (value: string) => `name: x, annotations: {networking.istio.io/exportTo: "${value}"}`;
    expect(objectOf("Service", service("ports: [{port: 80}]", metadata("., front"))).exportTo).toEqual({
      all: false,
      own: true,
      namespaces: ["front"],
    });
    expect(problemsOf(service("ports: [{port: 80}]", metadata("Front")))).toEqual([
      expect.stringMatching(/^3:65 metadata.annotations.networking.istio.io\/exportTo: error/),
    ]);
  });

  it.each([
    ["clusterIP: 10.0.0.256, ports: [{port: 80}]", /spec.clusterIP: error/],
    ["ports: []", /spec.ports: error .* ports is required/],
    ["type: ExternalName", /spec.externalName: error .* is required/],
    ["externalName: a.b, ports: [{port: 80}]", /spec.externalName: warning/],
    ["ports: [{port: 80}, {port: 81, name: b}]", /spec.ports.0.name: error .* name is required/],
    ["ports: [{port: 80, targetPort: 'a b'}]", /spec.ports.0.targetPort: error/],
    ["ports: [{port: 80, nodeport: 30000}]", /spec.ports.0.nodeport: warning .*did you mean "nodePort"/],
    ["ports: [{port: 80}], selektor: {a: b}", /spec.selektor: warning .*did you mean "selector"/],
  ])("{%s}", (spec, expected) => {
    expect(problemsOf(service(spec)).join("\n")).toMatch(expected);
  });
});
