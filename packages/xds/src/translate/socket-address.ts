import { type Address, AddressSchema, create } from "@portolan/envoy";

/** An IP address or, in clusters that Envoy resolves by DNS, a host name. */
export function socketAddress(address: string, port: number): Address {
  return create(AddressSchema, {
    address: {
      case: "socketAddress",
      value: { address, portSpecifier: { case: "portValue", value: port } },
    },
  });
}
