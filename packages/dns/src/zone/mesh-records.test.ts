import type { Hostname, MeshSnapshot, PortNumber } from "@portolan/model";
import { describe, expect, it } from "vitest";
import { createTestFeed, type Edit, endpoints, entry, OWN, service } from "../testing/mesh.ts";
import { formatHosts } from "./hosts.ts";
import { type AddressView, recordsOf } from "./mesh-records.ts";
import { publicScope, publicServices } from "./scope.ts";

const mesh = (edit: Edit) => createTestFeed(edit).snapshot;

/** `NAME TYPE VALUE` of one host's records. */
function lines(snapshot: MeshSnapshot, host: string, view: AddressView): readonly string[] {
  const id = publicScope(snapshot).serviceOf(host as Hostname);
  const found = id === undefined ? undefined : snapshot.services.get(id);
  return (found === undefined ? [] : recordsOf(snapshot, found, view)).map((record) => {
    const value = "address" in record ? record.address : "target" in record ? record.target : "";
    return [record.name, record.type, value, "port" in record ? record.port : ""].join(" ").trim();
  });
}

const views = ["bind", "capture", "public"] as const;

/** Values of the first record in each view. */
function inViews(edit: Edit, host: string): readonly string[] {
  const snapshot = mesh(edit);
  return views.map((view) => lines(snapshot, host, view)[0] ?? "none");
}

const host = "reviews.shop.global";
const cluster = "reviews.shop.svc.cluster.local";

describe("recordsOf", () => {
  it("0.12 a host without given addresses has its VIP: of the proxy's mode, else of the mesh's", () => {
    expect(inViews({ upserted: [entry({ hosts: [host] })], vips: { [host]: 3 } }, host)).toEqual([
      `${host} A 127.255.0.3`,
      `${host} A 240.240.0.3`,
      `${host} A 127.255.0.3`,
    ]);
  });

  it("0.36 given addresses are answered unchanged, on a machine where they lead to something", () => {
    const upserted = [entry({ hosts: [host], addresses: ["10.1.2.3"] })];
    expect(inViews({ upserted, vips: { [host]: 3 } }, host)).toEqual([
      `${host} A 127.255.0.3`,
      `${host} A 10.1.2.3`,
      `${host} A 10.1.2.3`,
    ]);
    const local = [entry({ hosts: [host], addresses: ["127.255.9.9"] })];
    expect(inViews({ upserted: local, vips: { [host]: 3 } }, host)).toEqual([
      `${host} A 127.255.9.9`,
      `${host} A 240.240.0.3`,
      `${host} A 127.255.9.9`,
    ]);
  });

  it("a Service: its VIP for a proxy that binds, its cluster address for the others", () => {
    const upserted = [service("reviews", { clusterIps: ["10.96.0.7", "fd00::7"] })];
    const snapshot = mesh({ upserted, vips: { [cluster]: 7 } });
    expect(lines(snapshot, cluster, "bind")).toEqual([
      `${cluster} A 127.255.0.7`,
      `_http._tcp.${cluster} SRV ${cluster} 80`,
      `7.0.255.127.in-addr.arpa PTR ${cluster}`,
    ]);
    expect(lines(snapshot, cluster, "capture")).toEqual([
      `${cluster} A 10.96.0.7`,
      `${cluster} AAAA fd00::7`,
      `_http._tcp.${cluster} SRV ${cluster} 80`,
    ]);
  });

  it("a headless Service: every endpoint that is ready, or the VIP where there is none", () => {
    const headless = service("reviews", { headless: true });
    const snapshot = mesh({
      upserted: [headless, endpoints("reviews", "10.0.0.1", "10.0.0.2", "!10.0.0.3")],
      vips: { [cluster]: 7 },
    });
    const addresses = (view: AddressView) => lines(snapshot, cluster, view).filter((line) => line.includes(" A "));
    expect(addresses("public")).toEqual([`${cluster} A 10.0.0.1`, `${cluster} A 10.0.0.2`]);
    expect(addresses("capture")).toEqual(addresses("public"));
    expect(addresses("bind")).toEqual([`${cluster} A 127.255.0.7`]);
    expect(inViews({ upserted: [headless], vips: { [cluster]: 7 } }, cluster)[1]).toBe(`${cluster} A 240.240.0.7`);
  });

  it("dns case 35 SRV of a headless Service: the endpoints' own ports for who calls them directly, else the Service's", () => {
    const headless = service("reviews", { headless: true });
    const group = (address: string, port: number) => ({
      ...endpoints("reviews", address).groups[0]!,
      ports: [{ name: "http", number: port as PortNumber }],
    });
    const twoPorts = {
      ...endpoints("reviews"),
      groups: [group("10.0.0.1", 8080), group("10.0.0.2", 8080), group("10.0.0.3", 9090)],
    };
    const snapshot = mesh({ upserted: [headless, twoPorts], vips: { [cluster]: 7 } });
    const ports = (of: MeshSnapshot, view: AddressView) =>
      lines(of, cluster, view)
        .filter((line) => line.includes(" SRV "))
        .map((line) => line.split(" ").at(-1));
    expect(views.map((view) => ports(snapshot, view))).toEqual([["80"], ["80"], ["8080", "9090"]]);
    const without = mesh({ upserted: [headless], vips: { [cluster]: 7 } });
    expect(ports(without, "public")).toEqual(["80"]);
  });

  it("a headless Service: an endpoint that is a network's gateway is not the workload's address", () => {
    const upserted = [service("reviews", { headless: true }), endpoints("reviews", "10.0.0.1", "10.0.0.2")];
    const snapshot = mesh({ upserted, vips: { [cluster]: 7 } });
    const found = [...snapshot.services.values()].find(({ hostname }) => hostname === cluster)!;
    const group = snapshot.endpoints.get(found.id)!;
    const changed = group.endpoints.map((one, i) => (i === 0 ? { ...one, transport: "gateway" as const } : one));
    const gateways = {
      ...snapshot,
      endpoints: snapshot.endpoints.edit([[found.id, { ...group, endpoints: changed }]]),
    };
    expect(recordsOf(gateways, found, "public").filter(({ type }) => type === "A")).toEqual([
      { name: cluster, type: "A", address: "10.0.0.2" },
    ]);
  });

  it("an ExternalName: the CNAME, except for a proxy that binds", () => {
    const upserted = [service("reviews", { externalName: "reviews.example.com" })];
    expect(inViews({ upserted, vips: { [cluster]: 7 } }, cluster)).toEqual([
      `${cluster} A 127.255.0.7`,
      `${cluster} CNAME reviews.example.com`,
      `${cluster} CNAME reviews.example.com`,
    ]);
  });

  it("a host without any address does not exist", () => {
    expect(inViews({ upserted: [entry({ hosts: [host] })] }, host)).toEqual(["none", "none", "none"]);
  });

  it("SRV names the transport of each port; a wildcard host has addresses alone", () => {
    const hosts = [host, "*.example.com"];
    const snapshot = mesh({
      upserted: [entry({ hosts, ports: { http: 8000, "udp-x": 53 } })],
      vips: { [host]: 3, "*.example.com": 4 },
    });
    expect(lines(snapshot, host, "bind").filter((line) => line.includes("SRV"))).toEqual([
      `_http._tcp.${host} SRV ${host} 8000`,
      `_udp-x._udp.${host} SRV ${host} 53`,
    ]);
    expect(lines(snapshot, "*.example.com", "bind")).toEqual(["*.example.com A 127.255.0.4"]);
  });

  it("what is not exported to all is not public, and a Service goes before an entry of the same host", () => {
    const secret = entry({ hosts: [host], exportTo: OWN });
    expect(inViews({ upserted: [secret], vips: { [host]: 3 } }, host)).toEqual(["none", "none", "none"]);
    const both = [
      entry({ namespace: "a", hosts: [cluster], addresses: ["10.0.0.1"] }),
      service("reviews", { clusterIps: ["10.96.0.7"] }),
    ];
    expect(inViews({ upserted: both, vips: { [cluster]: 7 } }, cluster)[2]).toBe(`${cluster} A 10.96.0.7`);
  });
});

describe("formatHosts", () => {
  it("0.45 a line an entry: address, host; sorted, without wildcards", () => {
    const hosts = ["reviews.shop.global", "pay.shop.global", "*.example.com"];
    const snapshot = mesh({
      upserted: [entry({ hosts })],
      vips: { "reviews.shop.global": 3, "pay.shop.global": 9, "*.example.com": 4 },
    });
    expect(formatHosts(snapshot, publicServices(snapshot))).toBe(
      "127.255.0.9 pay.shop.global\n127.255.0.3 reviews.shop.global\n",
    );
    expect(formatHosts(snapshot, publicServices(snapshot), "capture")).toBe(
      "240.240.0.9 pay.shop.global\n240.240.0.3 reviews.shop.global\n",
    );
  });
});
