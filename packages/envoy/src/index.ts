export { create, fromBinary, toBinary } from "@bufbuild/protobuf";
export { type Cluster, ClusterSchema } from "./gen/envoy/config/cluster/v3/cluster_pb.ts";
