import { ApiVersion, type ConfigSource, ConfigSourceSchema, create } from "@portolan/envoy";

/** "From the same ADS stream", for the resources that a resource refers to. */
export function adsSource(): ConfigSource {
  return create(ConfigSourceSchema, {
    resourceApiVersion: ApiVersion.V3,
    configSourceSpecifier: { case: "ads", value: {} },
  });
}
