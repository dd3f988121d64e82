import type { PortNumber } from "../names.ts";
import type { Service } from "../snapshot/service.ts";
import type { Definer } from "./service.ts";

/** A port of the service (its name and number), and what a definer says of the port with that number. */
export interface PortPair<From extends Definer> {
  readonly name: string;
  readonly number: PortNumber;
  readonly own: From["ports"][number];
}

/** By number, since two objects that speak of one host may name its ports differently. */
export function pairPorts<From extends Definer>(service: Service, object: From): readonly PortPair<From>[] {
  const ports: readonly From["ports"][number][] = object.ports;
  return service.ports.flatMap(({ name, number }) => {
    const own = ports.find((port) => port.number === number);
    return own === undefined ? [] : [{ name, number, own }];
  });
}

/** Thousands of services have one port, and the same one: they share its map. */
const single = new Map<string, ReadonlyMap<string, PortNumber>>();
const MAX_SINGLE = 1000;

export function singlePort(name: string, port: PortNumber): ReadonlyMap<string, PortNumber> {
  const key = `${port} ${name}`;
  let map = single.get(key);
  if (map === undefined) {
    if (single.size >= MAX_SINGLE) single.clear();
    map = new Map([[name, port]]);
    single.set(key, map);
  }
  return map;
}
