import { printable } from "@portolan/model";
import { TYPE } from "../wire/codes.ts";
import { parseLowerName } from "../wire/name-text.ts";
import { LOCAL_RECORDS, LOCAL_ZONES, reverseZonesOf } from "./local-zones.ts";
import { EMPTY_TABLE } from "./name-table.ts";
import { editNames } from "./names-edit.ts";
import type { ApexPolicy } from "./node.ts";
import type { RecordProblem } from "./record.ts";
import { compileRecordSets, recordSet } from "./record-sets.ts";
import { createSlab } from "./slab.ts";
import { encodeSoa } from "./soa.ts";
import type { SearchSuffix, Zone, ZoneOptions } from "./zone.ts";

/** "RFC8482" and an empty string. */
const HINFO = Uint8Array.from([7, 82, 70, 67, 56, 52, 56, 50, 0]);

/** What every zone holds before the first name of the mesh: the apexes, and the zones that no query leaves the machine for. */
export function emptyZone(options: ZoneOptions): Zone {
  const slab = createSlab();
  const edit = editNames(EMPTY_TABLE, slab);
  const problems = new Map<string, readonly RecordProblem[]>();

  function own(name: string, policy: ApexPolicy): void {
    const labels = parseLowerName(name);
    if (labels === undefined || labels.length === 0) {
      problems.set(name, [{ name: printable(name), message: "is not a suffix that a zone can have" }]);
      return;
    }
    const server = new Uint8Array(labels.length + 1);
    server.set(labels);
    edit.setApex(labels, policy, recordSet(TYPE.NS, [server], options.ttlSeconds, slab, undefined));
  }

  for (const zone of [...LOCAL_ZONES, ...options.pools.flatMap(reverseZonesOf)]) own(zone, "nameError");
  for (const suffix of options.suffixes) own(suffix, options.unknownNames);
  const local = Map.groupBy(LOCAL_RECORDS, (record) => record.name);
  for (const [name, records] of local) {
    const labels = parseLowerName(name) as Uint8Array;
    edit.setRecords(
      labels,
      compileRecordSets(records, options.ttlSeconds, slab, () => {}),
    );
  }
  return {
    options,
    serial: 0,
    table: edit.seal(),
    soa: encodeSoa(0, options.ttlSeconds),
    hinfo: recordSet(TYPE.HINFO, [HINFO], options.ttlSeconds, slab, undefined),
    search: options.search.flatMap(searchSuffix),
    rejected: new Map(),
    problems,
  };
}

function searchSuffix(text: string): readonly SearchSuffix[] {
  const anyLabel = text.startsWith("*.");
  const labels = parseLowerName(anyLabel ? text.slice(2) : text);
  return labels === undefined || labels.length === 0 ? [] : [{ labels, anyLabel }];
}
