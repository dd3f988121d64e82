import type { Registry } from "@portolan/registry";
import { refuseUntilReady } from "../admin/readiness.ts";
import { addAnswerRoutes } from "../admin/routes/answers.ts";
import { addAppliedRoute } from "../admin/routes/applied.ts";
import { addDataRoutes } from "../admin/routes/data.ts";
import { addHealthRoutes } from "../admin/routes/health.ts";
import { addIstioDebugRoutes } from "../admin/routes/istio-debug.ts";
import { addObjectRoutes } from "../admin/routes/objects.ts";
import { addProxyRoutes } from "../admin/routes/proxies.ts";
import { type AdminServer, startAdminServer } from "../admin/server.ts";
import { loadAdminToken } from "../admin/token.ts";
import type { ListenAddress } from "../listen-address.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { adminSocketPath } from "./socket-path.ts";
import type { XdsPart } from "./xds-part.ts";

export interface AdminOptions {
  readonly data: string;
  readonly listen: ListenAddress | undefined;
  readonly registry: Registry;
  readonly metrics: Metrics;
  /** Undefined until everything serves, and again when it stops. */
  readonly xds: () => XdsPart | undefined;
}

/** Starts the admin API of a control plane. It answers `/live` and `/ready` while the rest still starts. */
export async function startAdmin(options: AdminOptions): Promise<AdminServer> {
  const { data, registry, metrics } = options;
  const ready = () => registry.synced && options.xds() !== undefined;
  const serving = () => {
    const xds = options.xds();
    if (xds === undefined) throw new Error("routes are closed until everything serves");
    return xds;
  };
  return startAdminServer({
    listen: options.listen,
    socket: adminSocketPath(data),
    token: await loadAdminToken(data),
    addRoutes: (server) => {
      refuseUntilReady(server, ready);
      addHealthRoutes(server, { registry, metrics, ready });
      addObjectRoutes(server, registry);
      addDataRoutes(server, registry);
      addAnswerRoutes(server, () => registry.snapshot);
      addProxyRoutes(server, serving);
      addIstioDebugRoutes(server, registry, serving);
      addAppliedRoute(server, registry, serving);
    },
  });
}
