import type { ScaleContinuousNumeric } from 'd3-scale';
import { FONT_FAMILY } from './font.ts';

/** Size of a plot and of what is inside its axes, in pixels. */
export const WIDTH = 640;
export const HEIGHT = 480;
export const INSIDE = { left: 72, right: WIDTH - 24, top: 56, bottom: HEIGHT - 60 } as const;

/** Told apart by people with any colour vision, and in grey by their lightness (Okabe & Ito, 2008). */
export const COLOURS = { data: '#0072b2', mark: '#d55e00', line: '#222222', band: '#d9d9d9', grid: '#ececec' } as const;

export type Scale = ScaleContinuousNumeric<number, number>;

export interface Axis {
  readonly scale: Scale;
  readonly label: string;
  readonly ticks: readonly number[];
  readonly format: (tick: number) => string;
}

/** A whole SVG document: title, axes with their grid, and what is drawn inside. */
export function drawFrame(title: string, subtitle: string, x: Axis, y: Axis, inside: readonly string[]): string {
  const { left, right, top, bottom } = INSIDE;
  const middle = (left + right) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="${FONT_FAMILY}, Verdana, sans-serif" font-size="12" fill="${COLOURS.line}">`,
    `<title>${escape(`${title}. ${subtitle}`)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${left}" y="24" font-size="16">${escape(title)}</text>`,
    `<text x="${left}" y="43">${escape(subtitle)}</text>`,
    ...x.ticks.map((tick) => {
      const at = px(x.scale(tick));
      return `<path d="M${at},${top}V${bottom}" stroke="${COLOURS.grid}"/><text x="${at}" y="${bottom + 18}" text-anchor="middle">${escape(x.format(tick))}</text>`;
    }),
    ...y.ticks.map((tick) => {
      const at = px(y.scale(tick));
      return `<path d="M${left},${at}H${right}" stroke="${COLOURS.grid}"/><text x="${left - 8}" y="${px(y.scale(tick) + 4)}" text-anchor="end">${escape(y.format(tick))}</text>`;
    }),
    ...inside,
    `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="none" stroke="${COLOURS.line}"/>`,
    `<text x="${middle}" y="${bottom + 44}" text-anchor="middle" font-size="13">${escape(x.label)}</text>`,
    `<text transform="translate(20,${(top + bottom) / 2}) rotate(-90)" text-anchor="middle" font-size="13">${escape(y.label)}</text>`,
    '</svg>\n',
  ].join('\n');
}

/** A text with a white edge, so that it reads over lines and points. */
export function drawLabel(x: number, y: number, anchor: 'start' | 'end', text: string): string {
  return `<text x="${px(x)}" y="${px(y)}" text-anchor="${anchor}" stroke="#ffffff" stroke-width="4" paint-order="stroke" stroke-linejoin="round">${escape(text)}</text>`;
}

/** Hundredths of a pixel: the same text on every machine. */
export function px(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** As XML, which has no control characters at all. */
export function escape(text: string): string {
  const printable = text.replaceAll(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, '');
  return printable.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
