import { dirname } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlane, createControlPlane } from "../control-plane/control-plane.ts";
import { runMain } from "../testing/run-main.ts";
import { applicationOf } from "../testing/sample-manifests.ts";
import { type TemporaryFolder, temporaryFolder } from "../testing/temporary-folder.ts";

/**
 * The command lines of the documents that Portolan follows, with `portolan` in the place of `istioctl` and `portolan apply` in that of
 * `kubectl apply`; the first word says which document, in the order of the documents' dates.
 */
interface Line {
  readonly document: string;
  /** As it stands there, without `portolan`. */
  readonly words: string;
  readonly stdin?: string;
  /** What it prints; exit code 0. */
  readonly prints: string;
}

/** In the order of the documents: later lines build on earlier ones. */
const lines: readonly Line[] = [
  {
    document: "multi-network virtual machines",
    words: "apply -n bar -f samples/httpbin/httpbin.yaml",
    prints: "serviceaccount/httpbin.bar created\nservice/httpbin.bar created\n",
  },
  {
    document: "multi-network virtual machines",
    words: "apply  -n bar -f -",
    stdin: `apiVersion: networking.istio.io/v1alpha3
kind: ServiceEntry
metadata:
  name: httpbin.bar.forvms
spec:
  hosts:
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
  - address: 192.0.2.1
    ports:
      http1: 15443 # Do not change this port value
`,
    prints: "serviceentry/httpbin.bar.forvms.bar created\n",
  },
  {
    document: "multi-network virtual machines",
    words: "experimental add-to-mesh external-service vmhttp 192.0.2.7 http:8888 -n vm",
    prints:
      'ServiceEntry "mesh-expansion-vmhttp.vm" has been created in the mesh for the external service "vmhttp"\n' +
      'Kubernetes Service "vmhttp.vm" has been created in the mesh for the external service "vmhttp"\n',
  },
  {
    document: "multi-network virtual machines",
    words: "apply -f samples/sleep/sleep.yaml",
    prints: "serviceaccount/sleep.default created\nservice/sleep.default created\n",
  },
  {
    document: "multi-network virtual machines",
    words: "experimental remove-from-mesh -n vm vmhttp",
    prints:
      'Kubernetes Service "vmhttp.vm" has been deleted for external service "vmhttp"\n' +
      'Service Entry "mesh-expansion-vmhttp" has been deleted for external service "vmhttp"\n',
  },
  {
    document: "services by name outside the mesh",
    words: "apply -f samples/sleep/sleep.yaml -n without-istio",
    prints: "serviceaccount/sleep.without-istio created\nservice/sleep.without-istio created\n",
  },
  {
    document: "services by name outside the mesh",
    words: "apply -f -",
    stdin: `kind: Service
apiVersion: v1
metadata:
  name: my-httpbin
spec:
  type: ExternalName
  externalName: httpbin.org
  ports:
  - name: http
    protocol: TCP
    port: 80
`,
    prints: "service/my-httpbin.default created\n",
  },
  {
    document: "services by name outside the mesh",
    words: "apply -f -",
    stdin: `kind: Service
apiVersion: v1
metadata:
  name: my-wikipedia
spec:
  ports:
  - protocol: TCP
    port: 443
    name: tls
`,
    prints: "service/my-wikipedia.default created\n",
  },
  {
    document: "services by name outside the mesh",
    words: "apply -f -",
    stdin: `kind: Endpoints
apiVersion: v1
metadata:
  name: my-wikipedia
subsets:
- addresses:
  - ip: 198.35.26.96
  - ip: 208.80.153.224
  ports:
  - port: 443
    name: tls
`,
    prints: "endpoints/my-wikipedia.default created\n",
  },
  {
    document: "services by name outside the mesh",
    words: "apply -f -",
    stdin: `apiVersion: networking.istio.io/v1alpha3
kind: DestinationRule
metadata:
  name: my-wikipedia
spec:
  host: my-wikipedia.default.svc.cluster.local
  trafficPolicy:
    tls:
      mode: DISABLE
`,
    prints: "destinationrule/my-wikipedia.default created\n",
  },
  {
    document: "virtual machines of today",
    words: "proxy-status",
    prints: "NAME     CLUSTER     CDS     LDS     EDS     RDS     ISTIOD     VERSION     LAST ACK     NACK\n",
  },
];

/** Lines whose commands do not exist yet: they are refused by name. Whoever writes one moves it up. */
const notYet: readonly (readonly [document: string, words: string])[] = [
  [
    "multi-network virtual machines",
    "manifest apply -f values-istio-meshexpansion-gateways.yaml --set coreDNS.enabled=true",
  ],
  ["services by name outside the mesh", "kube-inject -f samples/sleep/sleep.yaml"],
  [
    "virtual machines of today",
    "x workload entry configure -f workloadgroup.yaml -o vm-files --clusterID cluster-east",
  ],
  ["virtual machines of today", "proxy-config endpoints vm-shopping-cart.ecommerce"],
  ["virtual machines of today", "proxy-config secret vm-shopping-cart -o json"],
  ["the first virtual machines", "-n onprem register mysql 1.2.3.4 3306"],
  ["the first virtual machines", "-n onprem register svc1 1.2.3.4 http:7000"],
];

let folder: TemporaryFolder;
let mesh: ControlPlane;

beforeAll(async () => {
  folder = await temporaryFolder();
  await folder.write("samples/httpbin/httpbin.yaml", applicationOf("httpbin", 8000));
  await folder.write("samples/sleep/sleep.yaml", applicationOf("sleep", 80));
  mesh = await createControlPlane({ dns: undefined, admin: undefined });
});
afterAll(async () => {
  await mesh?.stop();
  await folder?.[Symbol.asyncDispose]();
});

function run(words: string, stdin?: string) {
  const argv = words
    .trim()
    .split(/ +/)
    .map((word) => (word.startsWith("samples/") ? `${folder.path}/${word}` : word));
  return withStdin(stdin ?? "", () => runMain([...argv, "--data", dirname(mesh.adminSocket)]));
}

/** The process's own standard input is that text meanwhile. */
async function withStdin<Answer>(text: string, work: () => Promise<Answer>): Promise<Answer> {
  const own = Object.getOwnPropertyDescriptor(process, "stdin");
  const stdin = new PassThrough();
  stdin.end(text);
  Object.defineProperty(process, "stdin", { value: stdin, configurable: true });
  try {
    return await work();
  } finally {
    if (own !== undefined) Object.defineProperty(process, "stdin", own);
  }
}

test.each(lines)("$document: $words", async ({ words, stdin, prints }) => {
  const { code, out, err } = await run(words, stdin);
  expect([code, out], err).toEqual([0, prints]);
  expect(err).not.toContain("error");
});

test.each(notYet)("%s, not yet: %s", async (_document, words) => {
  const { code, out, err } = await run(words);
  expect([code, out]).toEqual([64, ""]);
  expect(err).toMatch(/unknown command '[-a-z]+'[\s\S]*portolan help COMMAND/);
});

test("the first virtual machines: get routerules names the kinds that there are today", async () => {
  const { code, err } = await run("get routerules");
  expect([code, err]).toEqual([64, expect.stringMatching(/"routerules" is no kind: use all, .*serviceentry/)]);
});

test("0.54 what the lines made is there, in the namespaces that they said", async () => {
  const names = [...mesh.snapshot.objects.keys()].sort();
  expect(names).toEqual([
    "DestinationRule/default/my-wikipedia",
    "Endpoints/default/my-wikipedia",
    "Service/bar/httpbin",
    "Service/default/my-httpbin",
    "Service/default/my-wikipedia",
    "Service/default/sleep",
    "Service/without-istio/sleep",
    "ServiceAccount/bar/httpbin",
    "ServiceAccount/default/sleep",
    "ServiceAccount/without-istio/sleep",
    "ServiceEntry/bar/httpbin.bar.forvms",
  ]);
});
