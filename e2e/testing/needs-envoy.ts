import { describe } from "vitest";

/** Tests that need an Envoy fail where there is none, unless `PORTOLAN_SKIP_ENVOY=1` says that they are not wanted. */
export const describeWithEnvoy = describe.skipIf(process.env.PORTOLAN_SKIP_ENVOY === "1");
