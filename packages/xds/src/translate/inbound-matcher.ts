import {
  create,
  type Matcher,
  type Matcher_MatcherList_FieldMatcher,
  Matcher_MatcherList_FieldMatcherSchema,
  MatcherSchema,
  packAny,
  ServerNameInputSchema,
  StringValueSchema,
  XdsTypedExtensionConfigSchema,
} from "@portolan/envoy";
import type { InboundChain } from "./inbound-ports.ts";

/**
 * Chooses the filter chain by SNI, whatever the subset; a connection that no name leads to is closed. `server_names` of a
 * filter chain can only hold a whole SNI, subset included.
 */
export function sniMatcher(chains: readonly InboundChain[]): Matcher {
  return create(MatcherSchema, {
    matcherType: {
      case: "matcherList",
      value: { matchers: chains.flatMap((chain) => bounded(chain).map((regex) => matches(regex, chain.name))) },
    },
  });
}

/** Names of one chain in one expression, some dozens at a time. */
function bounded(chain: InboundChain): readonly string[] {
  const patterns = chain.names.map(({ hostname, port }) => `${port}_\\.[^.]*_\\.${escaped(hostname)}`);
  const parts: string[] = [];
  for (let from = 0; from < patterns.length; from += 32) {
    const part = patterns.slice(from, from + 32);
    parts.push(`outbound_\\.${part.length === 1 ? part[0] : `(${part.join("|")})`}`);
  }
  return parts;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function matches(regex: string, chain: string): Matcher_MatcherList_FieldMatcher {
  return create(Matcher_MatcherList_FieldMatcherSchema, {
    predicate: {
      matchType: {
        case: "singlePredicate",
        value: {
          input: create(XdsTypedExtensionConfigSchema, {
            name: "sni",
            typedConfig: packAny(ServerNameInputSchema, create(ServerNameInputSchema)),
          }),
          matcher: {
            case: "valueMatch",
            value: {
              matchPattern: {
                case: "safeRegex",
                value: { engineType: { case: "googleRe2", value: {} }, regex },
              },
            },
          },
        },
      },
    },
    onMatch: {
      onMatch: {
        case: "action",
        value: create(XdsTypedExtensionConfigSchema, {
          name: "chain",
          typedConfig: packAny(StringValueSchema, create(StringValueSchema, { value: chain })),
        }),
      },
    },
  });
}
