import type { Violation } from './project.ts';

const START_SECTION = 8;

/**
 * A build that any host can embed: no imports (`env.memory` alone where it is shared), nothing run at instantiation.
 *
 * @param bytes     the `.wasm` file
 * @param imports   what this build may import, as `module.name`
 */
export function checkBuild(name: string, bytes: Uint8Array<ArrayBuffer>, imports: readonly string[]): Violation[] {
  const found = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map((i) => `${i.module}.${i.name}`);
  const extra = found.filter((i) => !imports.includes(i));
  return [
    ...extra.map(
      (i) => `${name} imports ${i}: no throw, assert or index into a managed array on a path that is compiled in`,
    ),
    ...(sectionIds(bytes).includes(START_SECTION)
      ? [`${name} has a start section: make the global initialisers in assembly/ constants`]
      : []),
  ];
}

export function exportNames(bytes: Uint8Array<ArrayBuffer>): string[] {
  return WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map((e) => e.name);
}

/** Ids of the sections of a module, in order: after 8 bytes of header, each is an id, a LEB128 length and that many bytes. */
function sectionIds(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < bytes.length;) {
    ids.push(bytes[at++]!);
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    at += length;
  }
  return ids;
}
