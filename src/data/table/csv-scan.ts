/**
 * Finds the fields of RFC 4180 records in bytes. Nothing is decoded: a field is a span of bytes.
 *
 * A field may be quoted, with quotes in it doubled; a quote inside an unquoted field is a character like any other. Lines
 * end with LF or CRLF. Blank lines are skipped.
 * Source: https://www.rfc-editor.org/rfc/rfc4180
 */
const QUOTE = 34;
const COMMA = 44;
const LF = 10;
const CR = 13;

/** What a scan came to. The fault is at record number `records`, counted from the first one of this scan. */
export interface CsvScan {
  readonly records: number;
  /** Bytes that hold those records. */
  readonly consumed: number;
  readonly fault?:
    | { readonly kind: 'ragged'; readonly fields: number }
    | { readonly kind: 'quote'; readonly column: number }
    | { readonly kind: 'after-quote'; readonly column: number };
}

/** Spans of fields, two numbers each: start, and end; a quoted field has its end negated (`~end`). */
export class Spans {
  values = new Int32Array(4096);

  room(fields: number): Int32Array {
    if (2 * fields <= this.values.length) return this.values;
    const larger = new Int32Array(Math.max(2 * this.values.length, 2 * fields));
    larger.set(this.values);
    this.values = larger;
    return larger;
  }
}

/**
 * Scans whole records from the start of `bytes`, up to `maxRecords`. What follows the last whole record is left for a
 * next call with more bytes, unless `final`.
 *
 * @param width fields every record must have; 0: one record is read, whatever its width
 * @param spans filled with the fields of the records, `width` per record
 */
export function scanRecords(
  bytes: Uint8Array,
  spans: Spans,
  { width, final, maxRecords }: { width: number; final: boolean; maxRecords: number },
): CsvScan & { readonly fields: number } {
  const length = bytes.length;
  let records = 0;
  let fields = 0;
  let consumed = 0;
  let at = 0;
  while (at < length && records < maxRecords) {
    const first = fields;
    let out = spans.room(first + Math.max(width, 1));
    let open = true;
    while (open) {
      if (2 * fields + 2 > out.length) out = spans.room(fields + 1);
      if (bytes[at] === QUOTE) {
        const start = at + 1;
        let close = bytes.indexOf(QUOTE, start);
        while (close >= 0 && bytes[close + 1] === QUOTE) close = bytes.indexOf(QUOTE, close + 2);
        if (close < 0 || (close + 1 >= length && !final)) {
          if (!final) return { records, consumed, fields: first };
          return { records, consumed, fields: first, fault: { kind: 'quote', column: fields - first } };
        }
        out[2 * fields] = start;
        out[2 * fields + 1] = ~close;
        at = close + 1;
        if (bytes[at] === CR && at + 1 >= length && !final) return { records, consumed, fields: first };
        if (bytes[at] === CR && (bytes[at + 1] === LF || at + 1 >= length)) at++;
        if (at < length && bytes[at] !== COMMA && bytes[at] !== LF) {
          return { records, consumed, fields: first, fault: { kind: 'after-quote', column: fields - first } };
        }
      } else {
        const start = at;
        while (at < length && bytes[at] !== COMMA && bytes[at] !== LF) at++;
        out[2 * fields] = start;
        out[2 * fields + 1] = bytes[at] !== COMMA && at > start && bytes[at - 1] === CR ? at - 1 : at;
      }
      fields++;
      open = bytes[at] === COMMA;
      if (!open && at >= length && !final) return { records, consumed, fields: first };
      at++; // past the comma, the line's end, or the end of all
    }
    const blank = fields === first + 1 && out[2 * first] === out[2 * first + 1];
    if (blank) fields = first;
    else if (width > 0 && fields - first !== width) {
      return { records, consumed, fields: first, fault: { kind: 'ragged', fields: fields - first } };
    } else records++;
    consumed = Math.min(at, length);
    if (width === 0 && records > 0) break;
  }
  return { records, consumed, fields };
}
