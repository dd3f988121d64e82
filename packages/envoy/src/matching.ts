export {
  DestinationIPInputSchema,
  DestinationPortInputSchema,
  ServerNameInputSchema,
} from "./gen/envoy/extensions/matching/common_inputs/network/v3/network_inputs_pb.ts";
export { type RegexMatcher, RegexMatcherSchema } from "./gen/envoy/type/matcher/v3/regex_pb.ts";
export { type StringMatcher, StringMatcherSchema } from "./gen/envoy/type/matcher/v3/string_pb.ts";
export { TypedExtensionConfigSchema as XdsTypedExtensionConfigSchema } from "./gen/xds/core/v3/extension_pb.ts";
export {
  type Matcher,
  type Matcher_MatcherList_FieldMatcher,
  Matcher_MatcherList_FieldMatcherSchema,
  MatcherSchema,
} from "./gen/xds/type/matcher/v3/matcher_pb.ts";
export { StringMatcherSchema as XdsStringMatcherSchema } from "./gen/xds/type/matcher/v3/string_pb.ts";
