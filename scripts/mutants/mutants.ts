import { http2Mutants } from "./http2.ts";
import { lastingMutants } from "./lasting.ts";
import type { Mutant } from "./mutant.ts";
import { protocolMutants } from "./protocol.ts";
import { servingMutants } from "./serving.ts";

export const mutants: readonly Mutant[] = [...protocolMutants, ...servingMutants, ...lastingMutants, ...http2Mutants];
