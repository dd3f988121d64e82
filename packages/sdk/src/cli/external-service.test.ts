import { type Namespace, parseNamespace } from "@portolan/model";
import { expect, test } from "vitest";
import { type ExternalService, externalServiceManifests, parseExternalPort } from "./external-service.ts";

test.each([
  ["http:8888", { name: "http", number: 8888 }],
  ["3306", { name: "tcp-3306", number: 3306 }],
  ["grpc-web:1", { name: "grpc-web", number: 1 }],
])("port %s", (text, expected) => {
  expect(parseExternalPort(text)).toEqual(expected);
});

test.each(["", "http", "http:", ":80", "http:0", "http:65536", "http:8x", "HTTP:80", "-a:80", "a:b:80", "http:80/tcp"])(
  "%j is no port",
  (text) => {
    expect(() => parseExternalPort(text)).toThrow(expect.objectContaining({ code: "usage" }));
  },
);

function namespace(text: string): Namespace {
  const parsed = parseNamespace(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

const service: ExternalService = {
  name: "till",
  namespace: namespace("shop"),
  addresses: ["192.0.2.7"],
  ports: [parseExternalPort("http:8888")],
  serviceAccount: undefined,
};

test.each([
  ["one-port", service],
  [
    "ports-and-addresses",
    {
      ...service,
      addresses: ["192.0.2.7", "2001:db8::7"],
      ports: ["http:8888", "3306", "grpc:9000"].map(parseExternalPort),
      serviceAccount: "till",
    },
  ],
])("0.47 the manifests of %s", async (name, given) => {
  await expect(externalServiceManifests(given)).toMatchFileSnapshot(`../../goldens/external-service/${name}.yaml`);
});

test("what is no address or no name is a usage error", () => {
  for (const bad of [{ addresses: ["nowhere"] }, { name: "not a name" }]) {
    expect(() => externalServiceManifests({ ...service, ...bad })).toThrow(expect.objectContaining({ code: "usage" }));
  }
});
