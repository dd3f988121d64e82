export {
  type Filter,
  type FilterChain,
  type FilterChainMatch,
  FilterChainMatchSchema,
  FilterChainSchema,
  FilterSchema,
  type ListenerFilter,
  ListenerFilterSchema,
} from "./gen/envoy/config/listener/v3/listener_components_pb.ts";
export { type Listener, ListenerSchema } from "./gen/envoy/config/listener/v3/listener_pb.ts";
