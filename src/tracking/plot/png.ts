import { readFile } from 'node:fs/promises';
import { FONT_BASE64, FONT_FAMILY } from './font.ts';

let ready: Promise<typeof import('@resvg/resvg-wasm')> | undefined;

/** Draws an SVG document as a PNG, twice its size: the same bytes on every machine, whatever fonts it has. */
export async function toPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await (ready ??= load());
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: {
      loadSystemFonts: false,
      fontBuffers: [new Uint8Array(Buffer.from(FONT_BASE64, 'base64'))],
      defaultFontFamily: FONT_FAMILY,
      sansSerifFamily: FONT_FAMILY,
    },
  });
  const rendered = image.render();
  try {
    return rendered.asPng().slice();
  } finally {
    rendered.free();
    image.free();
  }
}

/** 2.5 MB of WebAssembly: read when the first picture is asked for. */
async function load(): Promise<typeof import('@resvg/resvg-wasm')> {
  const resvg = await import('@resvg/resvg-wasm');
  await resvg.initWasm(await readFile(new URL(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm'))));
  return resvg;
}
