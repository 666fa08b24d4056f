import { stripVTControlCharacters, styleText } from 'node:util';
import type { CliContext } from './context.ts';

/** Styles text if the stream it goes to is for eyes. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

export function painter(context: CliContext, stream: NodeJS.WriteStream): Paint {
  return context.colour(stream)
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_, text) => text;
}

export function printJson(context: CliContext, value: unknown): void {
  context.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

export function printTable(context: CliContext, header: readonly string[], rows: readonly (readonly string[])[]): void {
  context.stdout.write(`${formatTable(header, rows, painter(context, context.stdout))}\n`);
}

/** Rows as columns of equal width; numbers, with or without a unit, stand right. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  const widths = header.map((title, j) => Math.max(title.length, ...rows.map((row) => visible(row[j] ?? ''))));
  const numeric = header.map((_, j) => rows.length > 0 && rows.every((row) => NUMBER.test(plain(row[j] ?? ''))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, j) => {
        const padding = ' '.repeat(widths[j]! - visible(cell));
        return numeric[j] ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  return [paint('dim', line(header)), ...rows.map(line)].join('\n');
}

/** Six digits. */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** A word as a POSIX shell reads it back. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** 12 ms, 3.4 s, 2 min 5 s. */
export function formatDuration(ms: number | undefined): string {
  if (ms === undefined) return '';
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** 512 B, 1.9 MB. */
export function formatSize(bytes: number | undefined): string {
  if (bytes === undefined) return '';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const unit = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${unit === 0 ? bytes : (bytes / 1000 ** unit).toFixed(1)} ${units[unit]}`;
}

/** 20,640. The first number that `toLocaleString` formats costs 25 ms. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `2026-11-21 09:25:57`, in the reader's own time zone. */
export function formatTime(at: number | string | undefined): string {
  if (at === undefined) return '';
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ');
}

const NUMBER = /^$|^[-+]?[\d,.]+(e[-+]?\d+)?( [a-z]{1,3})?$/i;
const plain = stripVTControlCharacters;
const visible = (text: string): number => plain(text).length;
