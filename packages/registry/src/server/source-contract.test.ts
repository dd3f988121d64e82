import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Namespace, ObjectKey } from "@portolan/model";
import { RegistryError } from "../errors.ts";
import { api } from "../sources/api/source.ts";
import { files } from "../sources/files/source.ts";
import { temporaryFolder, writeFiles } from "../testing/mesh-folder.ts";
import { testSource } from "../testing/source-contract.ts";
import { createRegistry } from "./registry.ts";

testSource({
  name: "files",
  async start(objects) {
    const folder = temporaryFolder();
    const path = (name: string) => join(folder.path, `${name}.yaml`);
    await writeFiles(
      folder.path,
      Object.fromEntries(Object.entries(objects).map(([name, text]) => [`${name}.yaml`, text])),
    );
    const registry = createRegistry({ sources: [files(folder.path)] });
    await registry.start();
    return {
      registry,
      async put(name, text) {
        writeFileSync(path(name), text);
        return undefined;
      },
      async remove(name) {
        rmSync(path(name));
      },
      async [Symbol.asyncDispose]() {
        await registry.stop();
        folder[Symbol.dispose]();
      },
    };
  },
});

testSource({
  name: "api",
  async start(objects) {
    const folder = temporaryFolder();
    const options = { sources: [api()], data: join(folder.path, "data") };
    const texts = Object.values(objects).map((text) => ({ text, namespace: "shop" as Namespace }));
    if (texts.length > 0) {
      await using before = createRegistry(options);
      await before.start();
      await before.write({ apply: texts });
    }
    const registry = createRegistry(options);
    await registry.start();
    return {
      registry,
      async put(_name, text) {
        try {
          await registry.write({ apply: [{ text }] });
          return undefined;
        } catch (error) {
          if (error instanceof RegistryError && error.code === "bad-objects") return error.message;
          throw error;
        }
      },
      async remove(name) {
        await registry.write({ remove: [`ServiceEntry/shop/${name}` as ObjectKey] });
      },
      async [Symbol.asyncDispose]() {
        await registry.stop();
        folder[Symbol.dispose]();
      },
    };
  },
});
