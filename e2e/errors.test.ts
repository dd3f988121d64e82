import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { holdPort } from "../packages/sdk/src/testing/hold-port.ts";
import { openDelta } from "./testing/delta-client.ts";
import { queryDns } from "./testing/dns-query.ts";
import { istioObject, type Manifest, meshConfigMap, namespaceObject, yamlOf } from "./testing/objects.ts";
import { portolan, portolanCommand, run } from "./testing/portolan.ts";
import { type Server, startServer } from "./testing/server.ts";
import { type TemporaryFolder, temporaryFolder } from "./testing/temporary-folder.ts";
import { until } from "./testing/until.ts";

const GATEWAY = "127.80.1.1";
/** Written as the shell would have to replace it. */
const UNEXPANDED = `\${CLUSTER_GW_ADDR}`;

let folder: TemporaryFolder;
let server: Server;

function entry(name: string, spec: Manifest = {}): Manifest {
  return istioObject("ServiceEntry", name, "shop", {
    hosts: [`${name}.shop.global`],
    location: "MESH_INTERNAL",
    resolution: "STATIC",
    ports: [{ name: "http", number: 8000, protocol: "HTTP" }],
    endpoints: [{ address: "127.80.1.9" }],
    ...spec,
  });
}

/** Where a text stands, as `LINE:COLUMN`. */
function placeOf(text: string, needle: string): string {
  const at = text.indexOf(needle);
  const before = text.slice(0, at).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

beforeAll(async () => {
  folder = await temporaryFolder();
  await folder.write(
    "mesh/mesh.yaml",
    yamlOf([
      meshConfigMap({ portolan: { serviceCidrs: ["172.21.0.0/16"] } }, [
        { name: "near", blocks: ["127.80.1.0/24"], gateways: [GATEWAY] },
      ]),
      namespaceObject("shop"),
      entry("good", { addresses: ["127.80.9.9"] }),
    ]),
  );
  server = await startServer({ data: join(folder.path, "data"), config: [join(folder.path, "mesh")] });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

interface BadCase {
  readonly title: string;
  readonly manifests: readonly Manifest[];
  /** What the place of the problem points at, in the text. */
  readonly points: string;
  readonly says: readonly RegExp[];
}

const badCases: readonly BadCase[] = [
  {
    title: "0.35 an address that has an owner",
    manifests: [entry("taker", { addresses: ["127.80.9.9"] })],
    points: "127.80.9.9",
    says: [/127\.80\.9\.9/, /good/, /taker/],
  },
  {
    title: "0.34 an owned host of the wrong form",
    manifests: [entry("odd", { hosts: ["odd.global"] })],
    points: "odd.global",
    says: [/odd\.global/, /<name>\.<namespace>\.global|NAME\.NAMESPACE\.global|name\.namespace\.global/i],
  },
  {
    title: "0.41 a port other than 15443 on a gateway's address",
    manifests: [entry("sideways", { endpoints: [{ address: GATEWAY, ports: { http: 15444 } }] })],
    points: "15444",
    says: [/15443/, /gateway/i],
  },
  {
    title: "0.55 an unexpanded variable",
    manifests: [entry("unexpanded", { endpoints: [{ address: UNEXPANDED, ports: { http: 15443 } }] })],
    points: UNEXPANDED,
    says: [/CLUSTER_GW_ADDR/],
  },
];

describe("a bad object", () => {
  test.each(badCases)(
    "$title is refused by apply, with its place, and changes nothing",
    async ({ manifests, points, says }) => {
      const text = yamlOf(manifests);
      const file = await folder.write("apply/bad.yaml", text);
      const before = await server.output(["get", "all"]);
      const { code, out, err } = await server.portolan(["apply", "-f", file]);
      expect([code, out], err).toEqual([65, ""]);
      expect(err).toContain(`bad.yaml:${placeOf(text, points)}`);
      for (const pattern of says) expect(err).toMatch(pattern);
      expect(await server.output(["get", "all"])).toBe(before);
    },
  );

  test.each(badCases)(
    "$title in a file is reported with its place, and the rest is served",
    async ({ manifests, points, says }) => {
      const name = `rest-${points.length}`;
      const text = yamlOf([...manifests, entry(name)]);
      await folder.write("mesh/bad.yaml", text);
      await until(
        "the rest is served",
        async () => (await queryDns(server.ports.dns!, `${name}.shop.global`)).addresses.length === 1,
      );
      const ready = await server.get("/ready");
      expect(ready.text).toContain(`bad.yaml:${placeOf(text, points)}`);
      for (const pattern of says) expect(ready.text).toMatch(pattern);
      await until("it is said on stderr", () => server.err().includes(`bad.yaml:${placeOf(text, points)}`));
      await folder.write("mesh/bad.yaml", "");
      await until("it is over", async () => !(await server.get("/ready")).text.includes("bad.yaml"));
    },
  );

  test("serve --strict exits 65 and says where", async () => {
    const text = yamlOf(badCases.flatMap(({ manifests }) => manifests));
    const file = await folder.write("strict/strict.yaml", text);
    const places = ["--xds", "--dns", "--admin"].flatMap((flag) => [flag, "127.0.0.1:0"]);
    const data = join(folder.path, "strict-data");
    const { code, err } = await portolan(["serve", "--strict", "--config", file, "--data", data, ...places]);
    expect([code, err]).toEqual([65, expect.stringContaining(`strict.yaml:${placeOf(text, "odd.global")}`)]);
  });

  test("a given VIP in 127/8 that cannot be bound is reported for the proxy, by VIP and port", async () => {
    // 127.0.0.0 to 127.255.255.255 are all local on Linux; what cannot be bound is a port below the first unprivileged one.
    await folder.write(
      "mesh/low.yaml",
      yamlOf([entry("low", { addresses: ["127.80.9.80"], ports: [{ name: "http", number: 80, protocol: "HTTP" }] })]),
    );
    await until(
      "it is served",
      async () => (await queryDns(server.ports.dns!, "low.shop.global")).addresses.length === 1,
    );
    const certs = join(folder.path, "certs");
    await server.output(["ca", "issue", "-n", "shop", "--service-account", "till", "-o", certs]);
    const metadata = {
      NAMESPACE: "shop",
      SERVICE_ACCOUNT: "till",
      INBOUND_PORTS: "",
      MODE: "bind",
      LOWEST_PORT: "1024",
    };
    const node = { id: "sidecar~127.80.1.77~till.shop~shop.svc.cluster.local", metadata };
    using client = await openDelta({ target: server.ports.xds, certs, node });
    client.subscribe("cluster", ["*"]);
    client.subscribe("listener", ["*"]);
    await until("listeners arrive", () => client.received.some((one) => one.type === "listener"));
    const status = await until("the status names it", async () => {
      const text = await server.output(["proxy-status", "-v", "1"]);
      return text.includes("127.80.9.80:80") && text;
    });
    expect(status).toMatch(/till\.shop: .*127\.80\.9\.80:80/);
    expect(client.received.flatMap(({ names }) => names).join()).not.toContain("127.80.9.80");
    await folder.write("mesh/low.yaml", "");
  });
});

describe("what the surroundings refuse", () => {
  const config = () => ["serve", "--config", join(folder.path, "mesh")];
  const free = (flag: string) => [flag, "127.0.0.1:0"];

  test.each(["--xds", "--admin", "--dns", "--xds-plaintext"])(
    "a port in use exits 69 and names its holder (%s)",
    async (flag) => {
      const { holder, port } = await holdPort();
      try {
        const others = ["--xds", "--admin", "--dns"].filter((one) => one !== flag).flatMap(free);
        const data = join(folder.path, `data${flag}`);
        const { code, err } = await portolan([...config(), "--data", data, ...others, flag, `127.0.0.1:${port}`]);
        expect([code, err]).toEqual([69, expect.stringContaining(`127.0.0.1:${port}`)]);
        expect(err).toContain(`pid ${process.pid}`);
        expect(err).toContain(flag);
      } finally {
        holder.close();
      }
    },
  );

  test("an unwritable --data exits 73 and names it", async () => {
    // Root may write anywhere but into a file's inside and /proc.
    const file = await folder.write("occupied", "");
    const readOnly = join(folder.path, "read-only");
    await mkdir(readOnly);
    await chmod(readOnly, 0o500);
    for (const data of [
      join(file, "data"),
      ...(process.getuid?.() === 0 ? ["/proc/data"] : [join(readOnly, "data")]),
    ]) {
      const { code, err } = await portolan([
        ...config(),
        "--data",
        data,
        ...["--xds", "--admin", "--dns"].flatMap(free),
      ]);
      expect([code, err], data).toEqual([73, expect.stringContaining(data)]);
    }
    await chmod(readOnly, 0o700);
  });

  test("a second server on one --data exits 1 and names the first", async () => {
    const { code, err } = await portolan([
      ...config(),
      "--data",
      server.data,
      ...["--xds", "--admin", "--dns"].flatMap(free),
    ]);
    expect(code, err).toBe(1);
    expect(err).toContain(String(server.pid));
    expect(err).toContain(server.data);
    expect((await server.get("/live")).status).toBe(200);
  });

  test("an Envoy that cannot be found exits 72 and says what to do", async () => {
    const { code, err } = await portolan(["demo", "--check"], { env: { ENVOY: "/nonexistent" } });
    expect([code, err]).toEqual([72, expect.stringContaining("ENVOY=/nonexistent")]);
  });

  test("no server exits 69 and says how to start one", async () => {
    const nobody = join(folder.path, "nobody");
    for (const words of [["get", "all"], ["proxy-status"], ["hosts"], ["gateway-address"], ["cluster-env"]]) {
      const { code, err } = await portolan([...words, "--data", nobody]);
      expect([code, err], words.join(" ")).toEqual([69, expect.stringContaining("portolan serve")]);
    }
  });

  test.each([
    [["no-such-command"]],
    [["get"]],
    [["get", "all", "--no-such-flag"]],
    [["get", "all", "-o", "xml"]],
    [["apply"]],
    [["serve", "--xds", "nowhere"]],
    [["add-to-mesh", "external-service", "till", "127.80.1.50", "http:0"]],
    [["add-to-mesh", "external-service", "till", "no-address", "http:80"]],
    [["remove-from-mesh"]],
    [["bootstrap", "sidecar"]],
    [["-n"]],
  ])("usage errors exit 64: %j", async (words) => {
    const { code, out, err } = await portolan(words);
    expect([code, out], err).toEqual([64, ""]);
    expect(err.trim()).not.toBe("");
  });

  test("a reader that goes away is no failure", async () => {
    const { code, err } = await run([
      "sh",
      "-c",
      `"$0" "$1" get all --data ${server.data} | true`,
      ...(await portolanCommand()),
    ]);
    expect([code, err]).toEqual([0, ""]);
  });
});

describe("what commands print and change", () => {
  const get = (kind: string, name: string, namespace: string) => server.portolan(["get", kind, name, "-n", namespace]);

  test("0.06 gateway-address prints exactly the gateway's address", async () => {
    expect(await server.output(["gateway-address"])).toBe(`${GATEWAY}\n`);
  });

  test("0.07 cluster-env holds the two lines of the mesh's settings", async () => {
    expect((await server.output(["cluster-env"])).trim().split("\n")).toEqual([
      "ISTIO_CP_AUTH=MUTUAL_TLS",
      "ISTIO_SERVICE_CIDR=172.21.0.0/16",
    ]);
    expect((await server.output(["cluster-env", "--inbound-ports", "8888"])).trim().split("\n")).toContain(
      "ISTIO_INBOUND_PORTS=8888",
    );
  });

  test("0.45 hosts prints a line for each host", async () => {
    expect((await server.output(["hosts", "-n", "shop"])).split("\n")).toContain("127.80.9.9 good.shop.global");
  });

  test("0.47 add-to-mesh makes a Service and a ServiceEntry", async () => {
    const out = await server.output([
      "x",
      "add-to-mesh",
      "external-service",
      "vmhttp",
      "127.80.1.50",
      "http:8888",
      "-n",
      "vm",
    ]);
    expect(out).toContain("mesh-expansion-vmhttp.vm");
    expect(out).toContain("vmhttp.vm");
    const entry = await server.output(["get", "serviceentry", "mesh-expansion-vmhttp", "-n", "vm", "-o", "yaml"]);
    expect(entry).toContain("vmhttp.vm.svc.cluster.local");
    expect(await server.output(["get", "svc", "vmhttp", "-n", "vm"])).toMatch(/vm +Service +vmhttp/);
    expect((await queryDns(server.ports.dns!, "vmhttp.vm.svc.cluster.local")).addresses).toHaveLength(1);
  });

  test("0.52 remove-from-mesh of an unknown name fails and changes nothing", async () => {
    const before = await server.output(["get", "all"]);
    for (const words of [["-n", "vm", "nobody"], ["vmhttp"], ["external-service", "nobody", "-n", "vm"]]) {
      const { code, out, err } = await server.portolan(["remove-from-mesh", ...words]);
      expect([code, out], words.join(" ")).toEqual([1, ""]);
      expect(err).toContain(words.includes("vmhttp") ? "vmhttp" : "nobody");
    }
    expect(await server.output(["get", "all"])).toBe(before);
  });

  test("0.50 remove-from-mesh prints the two lines, and both objects are gone", async () => {
    expect(await server.output(["remove-from-mesh", "-n", "vm", "vmhttp"])).toBe(
      'Kubernetes Service "vmhttp.vm" has been deleted for external service "vmhttp"\n' +
        'Service Entry "mesh-expansion-vmhttp" has been deleted for external service "vmhttp"\n',
    );
    expect((await get("serviceentry", "mesh-expansion-vmhttp", "vm")).code).toBe(1);
    expect((await get("service", "vmhttp", "vm")).code).toBe(1);
    const { rcode } = await queryDns(server.ports.dns!, "vmhttp.vm.svc.cluster.local");
    expect(rcode).toBe("NXDOMAIN");
  });

  test("0.54 the document's ServiceEntry on stdin lands in the namespace of -n, and serves", async () => {
    const stdin = `apiVersion: networking.istio.io/v1alpha3
kind: ServiceEntry
metadata:
  name: httpbin.bar.forvms
spec:
  hosts:
  # must be of the form name.namespace.global
  - httpbin.bar.global
  location: MESH_INTERNAL
  ports:
  - name: http1
    number: 8000
    protocol: http
  resolution: DNS
  addresses:
  - 127.255.0.3
  endpoints:
  - address: ${GATEWAY}
    ports:
      http1: 15443 # Do not change this port value
`;
    const out = await server.output(["apply", "-n", "bar", "-f", "-"], { stdin });
    expect(out).toBe("serviceentry/httpbin.bar.forvms.bar created\n");
    expect((await get("se", "httpbin.bar.forvms", "bar")).code).toBe(0);
    expect((await queryDns(server.ports.dns!, "httpbin.bar.global")).addresses).toEqual(["127.255.0.3"]);
    const again = await server.output(["apply", "-n", "bar", "-f", "-"], { stdin });
    expect(again).toBe("serviceentry/httpbin.bar.forvms.bar configured\n");
    await server.output(["delete", "-n", "bar", "-f", "-"], { stdin });
    expect((await get("se", "httpbin.bar.forvms", "bar")).code).toBe(1);
  });

  test("an object of a file cannot be changed through the API, and its place is named", async () => {
    const { code, err } = await server.portolan(["apply", "-f", "-"], { stdin: yamlOf([entry("good")]) });
    expect(code, err).toBe(1);
    expect(err).toMatch(/mesh\.yaml:\d+/);
  });
});
