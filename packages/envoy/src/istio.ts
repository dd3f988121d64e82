export { type NameTable, NameTableSchema } from "./gen/istio/networking/nds/v1/nds_pb.ts";
export {
  type IstioCertificateRequest,
  IstioCertificateRequestSchema,
  type IstioCertificateResponse,
  IstioCertificateResponseSchema,
  IstioCertificateService,
} from "./gen/istio/v1/auth/ca_pb.ts";
