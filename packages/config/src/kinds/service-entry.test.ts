// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's variables are what is tested.
import { describe, expect, it } from "vitest";
import { context, decodeOne, line, objectOf, problemsOf } from "../testing/decoding.ts";

const entry = (spec: string) =>
  `apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: x}\nspec: {hosts: [a.example.com], ports: [{name: http, number: 80}], ${spec}}`;

/** The entry of the virtual machines' document, with neutral names. */
const document = `apiVersion: networking.istio.io/v1alpha3
kind: ServiceEntry
metadata:
  name: reviews.shop.forvms
spec:
  hosts:
  # must be name.namespace.global
  - reviews.shop.global
  location: MESH_INTERNAL
  ports:
  - name: http1
    number: 8000
    protocol: http
  resolution: DNS
  addresses:
  # routable or not
  - 127.255.0.3
  endpoints:
  - address: \${CLUSTER_GW_ADDR}
    ports:
      http1: 15443 # Do not change this port value
`;

describe("ServiceEntry", () => {
  it("0.54 a manifest without namespace lands in the given one, its protocol in any case", () => {
    const object = objectOf("ServiceEntry", document.replace("${CLUSTER_GW_ADDR}", "192.0.2.1"));
    expect(object).toMatchObject({
      meta: { namespace: context.namespace, name: "reviews.shop.forvms" },
      hosts: ["reviews.shop.global"],
      ports: [{ name: "http1", number: 8000, protocol: "HTTP" }],
      endpoints: [{ address: "192.0.2.1", ports: new Map([["http1", 15443]]) }],
    });
    for (const protocol of ["HTTP", "Http", "gRPC-Web", "tls"]) {
      const cased = objectOf(
        "ServiceEntry",
        document.replace("${CLUSTER_GW_ADDR}", "gw").replace("protocol: http", `protocol: ${protocol}`),
      );
      expect(cased.ports[0]?.protocol).toBe(protocol.toUpperCase());
    }
  });

  it("0.55 an unexpanded variable is refused with its place and name", () => {
    const decoded = decodeOne(document);
    expect(decoded).toMatchObject({
      objects: [],
      rejected: ["ServiceEntry/shop/reviews.shop.forvms"],
      unreadable: false,
    });
    expect(decoded.problems.map(line)).toEqual([
      "mesh/a.yaml:19:14 spec.endpoints.0.address: error [PTL1007] the variable ${CLUSTER_GW_ADDR} was not expanded: put its value here, for example with envsubst",
    ]);
    for (const spec of [
      "location: '${A}'",
      "exportTo: ['${A}']",
      "addresses: ['${A:-127.0.0.1}']",
      "endpoints: [{address: 10.0.0.1, network: '${A}'}]",
      "endpoints: [{address: 10.0.0.1, weight: '${A}'}]",
    ]) {
      expect(problemsOf(entry(spec))[0]).toMatch(/^4:\d+ spec\..*error \[PTL1007\] the variable \$\{A\} was/);
    }
  });

  it("remembers the places that later checks name", () => {
    const { positions, origin } = objectOf("ServiceEntry", document.replace("${CLUSTER_GW_ADDR}", "192.0.2.1")).meta;
    expect(origin).toEqual({ source: "files", file: "mesh/a.yaml", position: { line: 1, column: 1 } });
    expect(Object.fromEntries([...positions].map(([path, { line, column }]) => [path, `${line}:${column}`]))).toEqual({
      "spec.hosts.0": "8:5",
      "spec.ports.0.number": "12:13",
      "spec.addresses.0": "17:5",
      "spec.endpoints.0.address": "19:14",
      "spec.endpoints.0.ports.http1": "21:14",
    });
  });

  it("an entry without location is external", () => {
    expect(objectOf("ServiceEntry", entry("resolution: DNS")).location).toBe("MESH_EXTERNAL");
  });

  it.each([
    [
      "resolution: STATIC, endpoints: [{address: gw.example.com}]",
      /spec.endpoints.0.address: error .* is not an IP address, and with resolution STATIC/,
    ],
    [
      "resolution: DNS, endpoints: [{address: 10.0.0.256}]",
      /spec.endpoints.0.address: error .*"10.0.0.256" is not an IP address/,
    ],
    ["resolution: DNS, endpoints: [{address: '*.example.com'}]", /spec.endpoints.0.address: error .* is a wildcard/],
    [
      "resolution: DNS, endpoints: [{address: 'unix:///a.sock'}]",
      /spec.endpoints.0.address: error .* is a Unix socket/,
    ],
    ["resolution: STATIC, endpoints: [{}]", /spec.endpoints.0.address: error .* address is required/],
    [
      "resolution: STATIC, endpoints: [{address: 10.0.0.1, ports: {grpc: 1}}]",
      /spec.endpoints.0.ports.grpc: error .* no port named "grpc": it declares "http"/,
    ],
    [
      "resolution: STATIC, endpoints: [{address: 10.0.0.1, ports: {http: 70000}}]",
      /spec.endpoints.0.ports.http: error .* out of range/,
    ],
    ["resolution: DNS, workloadSelector: {labels: {a: b}}", /spec.resolution: error .* use resolution STATIC/],
    [
      "resolution: STATIC, workloadSelector: {labels: {a: b}}, endpoints: [{address: 10.0.0.1}]",
      /spec.endpoints: error .* exclude each other/,
    ],
    ["resolution: NONE, endpoints: [{address: 10.0.0.1}]", /spec.endpoints: error .* use STATIC or DNS/],
    ["resolution: STATIC", /spec.resolution: warning \[IST0133\] .* leads nowhere/],
    ["resolution: DNS_ROUND_ROBIN", /spec.resolution: warning \[PTL1009\]/],
    [
      "resolution: dns",
      /spec.resolution: error .* \(did you mean "DNS"\?\): use one of NONE, STATIC, DNS, DNS_ROUND_ROBIN/,
    ],
    ["addresses: [10.0.0.0/33]", /spec.addresses.0: error .* not an address block/],
    ["addresses: [10.0.0.1, 10.0.0.1]", /spec.addresses.1: error .* given twice/],
    ["exportTo: [Shop]", /spec.exportTo.0: error .* is not a namespace.*"\*" for all/],
    ["exportTo: ['~', shop]", /spec.exportTo.0: error .* cannot stand beside others/],
  ])("{%s}", (spec, expected) => {
    expect(problemsOf(entry(spec)).join("\n")).toMatch(expected);
  });

  it.each([
    ["hosts: []", /spec.hosts: error .* hosts is required: name at least one/],
    ["hosts: ['*']", /spec.hosts.0: error/],
    ["hosts: ['a.*.b']", /spec.hosts.0: error/],
    ["hosts: ['a:80']", /spec.hosts.0: error/],
    ['hosts: ["a\\r\\nx: y"]', /spec.hosts.0: error .*"a\\u000d\\u000ax: y"/],
    ["hosts: [a.b], ports: [{name: 'a b', number: 80}]", /spec.ports.0.name: error/],
    ["hosts: [a.b], ports: [{name: a, number: 80}, {name: a, number: 81}]", /spec.ports.1.name: error .* given twice/],
    [
      "hosts: [a.b], ports: [{name: a, number: 80}, {name: b, number: 80}]",
      /spec.ports.1.number: error .* given twice/,
    ],
    ["hosts: [a.b], ports: [{name: a, number: 80, protocol: htp}]", /spec.ports.0.protocol: error .*use HTTP, HTTP2/],
    ["hosts: [a.b], ports: [{number: 80}]", /spec.ports.0.name: error .* name is required/],
    ["hosts: [a.b]", /spec: warning .* without ports/],
    [
      "hosts: ['*.a.b'], resolution: DNS, ports: [{name: a, number: 80}]",
      /spec.hosts.0: error .* a wildcard cannot be resolved/,
    ],
  ])("S-25 {%s}", (spec, expected) => {
    const text = `apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: x}\nspec: {${spec}}`;
    expect(problemsOf(text).join("\n")).toMatch(expected);
  });

  it("a wildcard with endpoints of its own may be resolved by DNS", () => {
    const text = entry("resolution: DNS, endpoints: [{address: gw.example.com}]").replace(
      "[a.example.com]",
      "['*.global']",
    );
    expect(objectOf("ServiceEntry", text).hosts).toEqual(["*.global"]);
  });

  it("a port without protocol takes it from its name", () => {
    const text = entry("resolution: DNS").replace("name: http,", "name: grpc-api,");
    expect(objectOf("ServiceEntry", text).ports[0]?.protocol).toBe("GRPC");
  });

  it.each([
    ["[]", { all: true, own: false, namespaces: [] }],
    ["['*', front]", { all: true, own: false, namespaces: [] }],
    ["['.', front, back]", { all: false, own: true, namespaces: ["back", "front"] }],
    ["['~']", { all: false, own: false, namespaces: [] }],
  ])("exportTo: %s", (exportTo, expected) => {
    expect(objectOf("ServiceEntry", entry(`resolution: DNS, exportTo: ${exportTo}`)).exportTo).toEqual(expected);
  });
});
