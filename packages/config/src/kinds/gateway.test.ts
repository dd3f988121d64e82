import { describe, expect, it } from "vitest";
import { decodeOne, objectOf, problemsOf } from "../testing/decoding.ts";

const gateway = (servers: string) =>
  `apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: x}\nspec: {servers: [${servers}]}`;
const sidecar = (spec: string) =>
  `apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: x}\nspec: {${spec}}`;

describe("Gateway", () => {
  it("a server on 15443 with AUTO_PASSTHROUGH passes *.global by SNI", () => {
    const { servers, meta } = objectOf(
      "Gateway",
      gateway("{port: {number: 15443, name: tls, protocol: TLS}, tls: {mode: AUTO_PASSTHROUGH}, hosts: ['*.global']}"),
    );
    expect(servers).toEqual([
      {
        port: { number: 15443, name: "tls" },
        mode: "AUTO_PASSTHROUGH",
        bind: undefined,
        hosts: [{ namespace: "*", host: "*.global" }],
      },
    ]);
    expect([...meta.positions.keys()]).toEqual(["spec.servers.0.port.number", "spec.servers.0.hosts.0"]);
  });

  it("other modes are left out with a warning, the other servers stay", () => {
    const { objects, problems } = decodeOne(
      gateway(
        "{port: {number: 443, name: a, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: c}, hosts: ['*']}, {port: {number: 80, name: b, protocol: http}, hosts: ['*']}",
      ),
    );
    expect(objects).toMatchObject([{ servers: [{ mode: "HTTP", hosts: [{ namespace: "*", host: "*" }] }] }]);
    expect(problems).toMatchObject([{ severity: "warning", code: "PTL1009", path: "spec.servers.0.port.protocol" }]);
  });

  it.each([
    ["", /spec.servers: error .* servers is required: name at least one server/],
    ["{hosts: ['*']}", /servers.0.port: error .* port is required/],
    ["{port: {number: 80, name: a, protocol: HTTP}}", /servers.0.hosts: error .* hosts is required/],
    ["{port: {number: 80, name: a, protocol: HTTP}, hosts: [a/b/c]}", /servers.0.hosts.0: error/],
    ["{port: {number: 80, name: a, protocol: HTTPX}, hosts: ['*']}", /protocol: error .* is not a protocol/],
    [
      "{port: {number: 1, name: a, protocol: HTTP}, hosts: ['*']}, {port: {number: 1, name: b, protocol: TLS}, tls: {mode: AUTO_PASSTHROUGH}, hosts: ['*']}",
      /servers.1.port.number: error .* cannot be both/,
    ],
  ])("{%s}", (servers, expected) => {
    expect(problemsOf(gateway(servers)).join("\n")).toMatch(expected);
  });
});

describe("Sidecar", () => {
  it("says which hosts a workload sees", () => {
    const { egress, workloadSelector } = objectOf(
      "Sidecar",
      sidecar("egress: [{hosts: ['./*', '*/reviews.shop.global']}, {hosts: ['~/*', front/a.b]}]"),
    );
    expect(egress?.map(({ namespace, host }) => `${namespace}/${host}`)).toEqual([
      "./*",
      "*/reviews.shop.global",
      "~/*",
      "front/a.b",
    ]);
    expect(workloadSelector).toBeUndefined();
  });

  it("without egress restricts nothing", () => {
    expect(objectOf("Sidecar", sidecar("workloadSelector: {labels: {a: b}}"))).toMatchObject({
      egress: undefined,
      workloadSelector: new Map([["a", "b"]]),
    });
    expect(objectOf("Sidecar", sidecar("egress: []")).egress).toBeUndefined();
  });
});
