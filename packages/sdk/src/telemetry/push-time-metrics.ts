import { resourceType } from "@portolan/xds";
import type { Registry } from "prom-client";
import type { XdsPart } from "../control-plane/xds-part.ts";
import { Tally } from "./tally.ts";

/** istiod's, for the dashboards that people have. */
const buckets = [0.01, 0.1, 1, 3, 5, 10, 20, 30];

/** How long changes take to be pushed. Gives the function that ends it. */
export function addPushTimeMetrics({ onPushed, settle }: XdsPart["pushTimes"], registers: Registry[]): () => void {
  const times = new Tally(
    {
      name: "pilot_xds_push_time",
      help: "Seconds from before a change is translated until the proxies that were ready for it were sent it, by type.",
      buckets,
      label: "type",
      collect: settle,
    },
    registers,
  );
  return onPushed((typeUrl, tookMs) => times.observe(tookMs / 1000, resourceType(typeUrl).shortName.toLowerCase()));
}
