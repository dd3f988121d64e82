import type { MeshChange } from "@portolan/model";
import type { Registry as MeshRegistry } from "@portolan/registry";
import { Counter, Gauge, type Registry } from "prom-client";

/** What the mesh holds, and what made it change. Gives the function that ends it. */
export function addMeshMetrics(mesh: MeshRegistry, registers: Registry[]): () => void {
  new Gauge({
    name: "pilot_services",
    help: "Services of the mesh.",
    registers,
    collect() {
      this.set(mesh.snapshot.services.size);
    },
  });
  new Gauge({
    name: "portolan_revision",
    help: "The newest revision.",
    registers,
    collect() {
      this.set(mesh.snapshot.revision);
    },
  });
  new Gauge({
    name: "portolan_problems",
    help: "What is wrong with objects now, by severity.",
    labelNames: ["severity"],
    registers,
    collect() {
      const counts = { error: 0, warning: 0, info: 0 };
      for (const { severity } of mesh.problems()) counts[severity]++;
      for (const [severity, count] of Object.entries(counts)) this.set({ severity }, count);
    },
  });
  const triggers = new Counter({
    name: "pilot_push_triggers",
    help: "Revisions that may have to be pushed, by what changed in them.",
    labelNames: ["type"],
    registers,
  });
  return mesh.onPublish((_snapshot, change) => {
    for (const type of triggersOf(change)) triggers.inc({ type });
  });
}

/** Istio's words for what makes it push (`TriggerReason` in its `push_context.go`). */
export function triggersOf(change: MeshChange): readonly string[] {
  const { services, endpoints, workloads, gateways, sidecars, destinationRules } = change;
  const rules = gateways.size + sidecars.size + destinationRules.size;
  return [
    ...(services.size > 0 ? ["service"] : []),
    ...(endpoints.size + workloads.size > 0 ? ["endpoint"] : []),
    ...(rules > 0 ? ["config"] : []),
    ...(change.networks ? ["networks"] : []),
    ...(change.settings ? ["global"] : []),
  ];
}
