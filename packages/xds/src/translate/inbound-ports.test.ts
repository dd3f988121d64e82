import { formatSni, type Hostname, type PortNumber, parseHostname, type ServiceId } from "@portolan/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sniMatcher } from "./inbound-matcher.ts";
import { inboundChains, type ServedPort, servedPorts } from "./inbound-ports.ts";

function served(host: string, port: number, target: number, family: ServedPort["family"] = "http"): ServedPort {
  return {
    service: `shop/${host}` as ServiceId,
    hostname: host as Hostname,
    port: port as PortNumber,
    targetPort: target as PortNumber,
    family,
  };
}

const owned = ["global" as Hostname];

/** The chain that Envoy would choose for an SNI: the first expression that matches as a whole. */
function chainOf(ports: readonly ServedPort[], sni: string): string | undefined {
  const list = sniMatcher(inboundChains(ports, owned)).matcherType;
  if (list.case !== "matcherList") return undefined;
  const names = inboundChains(ports, owned);
  const flat = list.value.matchers.map((matcher) => {
    const single = matcher.predicate?.matchType;
    const match = single?.case === "singlePredicate" ? single.value.matcher : undefined;
    const pattern = match?.case === "valueMatch" ? match.value.matchPattern : undefined;
    const regex = pattern?.case === "safeRegex" ? pattern.value.regex : "";
    const action = matcher.onMatch?.onMatch;
    const bytes = action?.case === "action" ? action.value.typedConfig?.value : undefined;
    const name = names.find((chain) => new TextDecoder().decode(bytes?.subarray(2)) === chain.name)?.name;
    return { regex: new RegExp(`^(?:${regex})$`), name };
  });
  return flat.find(({ regex }) => regex.test(sni))?.name;
}

describe("the chain chosen by SNI", () => {
  const ports = [
    served("reviews.shop.svc.cluster.local", 80, 8080),
    served("db.shop.svc.cluster.local", 3306, 3306, "tcp"),
  ];

  test.each([
    ["outbound_.80_._.reviews.shop.svc.cluster.local", "inbound|8080||"],
    ["outbound_.80_._.reviews.shop.global", "inbound|8080||"],
    ["outbound_.80_.v1_.reviews.shop.global", "inbound|8080||"],
    ["outbound_.3306_._.db.shop.global", "inbound|3306||"],
    ["outbound_.81_._.reviews.shop.global", undefined],
    ["outbound_.80_._.other.shop.global", undefined],
    ["outbound_.80_.a.b_.reviews.shop.global", undefined],
    ["outbound_.80_._.reviewsxshop.global", undefined],
    ["outbound_.80_._.reviews.shop.global.", undefined],
    ["xoutbound_.80_._.reviews.shop.global", undefined],
    ["reviews.shop.global", undefined],
    ["", undefined],
  ])("%s -> %s", (sni, chain) => {
    expect(chainOf(ports, sni)).toBe(chain);
  });

  test("a name that a service bears itself wins over one derived for another", () => {
    const both = [served("reviews.shop.svc.cluster.local", 80, 8080), served("reviews.shop.global", 80, 9090)];
    expect(chainOf(both, "outbound_.80_._.reviews.shop.global")).toBe("inbound|9090||");
    expect(chainOf(both, "outbound_.80_._.reviews.shop.svc.cluster.local")).toBe("inbound|8080||");
  });

  test("one port of the application that is HTTP and TCP has two chains", () => {
    const both = [served("a.shop.global", 80, 8080), served("b.shop.global", 81, 8080, "tcp")];
    expect(inboundChains(both, owned).map(({ name }) => name)).toEqual(["inbound|8080||", "inbound|8080||tcp"]);
  });

  test("every SNI of a served port and any subset leads to its chain, and to no other", () => {
    const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,6}[a-z0-9])?$/);
    const one = fc.tuple(label, label, fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 1, max: 65535 }));
    fc.assert(
      fc.property(
        fc.uniqueArray(one, { minLength: 1, maxLength: 80, selector: ([a, b, port]) => `${a}.${b}:${port}` }),
        label,
        (list, subset) => {
          const all = list.map(([name, namespace, port, target]) =>
            served(`${name}.${namespace}.svc.cluster.local`, port, target),
          );
          for (const [name, namespace, port, target] of list) {
            for (const suffix of ["global", "svc.cluster.local"]) {
              const parsed = parseHostname(`${name}.${namespace}.${suffix}`);
              if (!parsed.ok) throw new Error(parsed.error);
              const sni = formatSni({ hostname: parsed.value, port: port as PortNumber, subset });
              expect(chainOf(all, sni)).toBe(`inbound|${target}||`);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

test("0.10 0.11 the machine says which of its ports are served", () => {
  const ports = [
    served("a.shop.global", 80, 8080),
    served("a.shop.global", 53, 53, "udp"),
    served("b.shop.global", 81, 8081),
  ];
  expect(servedPorts(ports, "*").served).toHaveLength(2);
  expect(servedPorts(ports, [])).toEqual({ served: [], unnamed: [] });
  const some = servedPorts(ports, [8081, 53, 7] as PortNumber[]);
  expect(some.served.map(({ targetPort }) => targetPort)).toEqual([8081]);
  expect(some.unnamed).toEqual([53, 7]);
});
