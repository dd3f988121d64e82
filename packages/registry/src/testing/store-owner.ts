/** A process that owns a data folder until it is killed. */
import { openStore } from "../store/sqlite.ts";

const [, , directory = ""] = process.argv;
const store = openStore(directory);
store.commit({ revision: 41, manifests: new Map(), vips: new Map(), tombstones: new Map() });
process.stdout.write("ready\n");
setInterval(() => {}, 1 << 30);
