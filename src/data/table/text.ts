/** Texts as UTF-8, one after the other. */
export interface PackedText {
  /** Text `i` is `bytes[offsets[i], offsets[i + 1])`. */
  readonly bytes: Uint8Array;
  /** One more than there are texts; the first need not be 0. */
  readonly offsets: Int32Array;
  /** u8 per text, 0 = missing; absent: none is. */
  readonly valid?: Uint8Array | undefined;
}

/**
 * Text of some rows, missing ones null: as strings or as bytes, whichever it came as. The other is made when it is asked for:
 * text that only passes through, from a file to another, never becomes strings, which take three times the memory and have to be
 * collected.
 */
export class Text {
  #strings: readonly (string | null)[] | undefined;
  #packed: PackedText | undefined;

  private constructor(strings: readonly (string | null)[] | undefined, packed: PackedText | undefined) {
    this.#strings = strings;
    this.#packed = packed;
  }

  static ofStrings(strings: readonly (string | null)[]): Text {
    return new Text(strings, undefined);
  }

  static ofBytes(packed: PackedText): Text {
    return new Text(undefined, packed);
  }

  get length(): number {
    return this.#strings?.length ?? (this.#packed as PackedText).offsets.length - 1;
  }

  get sizeBytes(): number {
    const { offsets } = this.packed();
    return (offsets.at(-1) as number) - (offsets[0] as number);
  }

  strings(): readonly (string | null)[] {
    return (this.#strings ??= decode(this.#packed as PackedText));
  }

  packed(): PackedText {
    return (this.#packed ??= encode(this.#strings as readonly (string | null)[]));
  }

  /** Rows `[start, end)`, on the same memory. */
  slice(start: number, end: number): Text {
    const packed = this.#packed;
    return new Text(
      this.#strings?.slice(start, end),
      packed && {
        bytes: packed.bytes,
        offsets: packed.offsets.subarray(start, end + 1),
        valid: packed.valid?.subarray(start, end),
      },
    );
  }

  /** The rows with a 1 in `kept`; copied. */
  keep(kept: Uint8Array): Text {
    if (this.#strings) return Text.ofStrings(this.#strings.filter((_, row) => kept[row] === 1));
    const { bytes, offsets, valid } = this.#packed as PackedText;
    const gather = new TextGather();
    for (let row = 0; row < kept.length; row++) {
      if (kept[row] === 0) continue;
      if (valid?.[row] === 0) gather.pushMissing();
      else gather.push(bytes, offsets[row] as number, offsets[row + 1] as number);
    }
    return gather.take();
  }
}

/** Puts texts together, into the same memory each time. */
export class TextGather {
  #bytes = new Uint8Array(1024);
  #offsets = new Int32Array(64);
  #valid = new Uint8Array(64);
  #rows = 0;
  #missing = false;

  get sizeBytes(): number {
    return this.#offsets[this.#rows] as number;
  }

  /** The text in `bytes[start, end)`. */
  push(bytes: Uint8Array, start: number, end: number): void {
    const at = this.#grow(1, end - start);
    // Most texts are shorter than what a call for a copy costs.
    if (end - start > SHORT) this.#bytes.set(bytes.subarray(start, end), at);
    else for (let i = start; i < end; i++) this.#bytes[at + i - start] = bytes[i] as number;
    this.#offsets[++this.#rows] = at + end - start;
  }

  pushMissing(): void {
    const at = this.#grow(1, 0);
    this.#valid[this.#rows] = 0;
    this.#missing = true;
    this.#offsets[++this.#rows] = at;
  }

  add({ bytes, offsets, valid }: PackedText): void {
    const rows = offsets.length - 1;
    const [start, end] = [offsets[0] as number, offsets[rows] as number];
    const at = this.#grow(rows, end - start);
    this.#bytes.set(bytes.subarray(start, end), at);
    for (let row = 1; row <= rows; row++) this.#offsets[this.#rows + row] = (offsets[row] as number) - start + at;
    if (valid) {
      this.#valid.set(valid, this.#rows);
      this.#missing = true;
    }
    this.#rows += rows;
  }

  /** What was added, good until something is again. */
  take(): Text {
    const rows = this.#rows;
    const valid = this.#missing ? this.#valid.subarray(0, rows) : undefined;
    const taken = Text.ofBytes({ bytes: this.#bytes, offsets: this.#offsets.subarray(0, rows + 1), valid });
    this.#rows = 0;
    this.#missing = false;
    return taken;
  }

  /** Room for so many texts and bytes more, none of them missing. @returns where the bytes go */
  #grow(rows: number, sizeBytes: number): number {
    const at = this.sizeBytes;
    if (at + sizeBytes > this.#bytes.length) this.#bytes = longer(this.#bytes, at + sizeBytes);
    if (this.#rows + rows >= this.#offsets.length) {
      this.#offsets = longer(this.#offsets, this.#rows + rows + 1);
      this.#valid = longer(this.#valid, this.#rows + rows + 1);
    }
    this.#valid.fill(1, this.#rows, this.#rows + rows);
    return at;
  }
}

const SHORT = 24;

function longer<T extends Uint8Array | Int32Array>(values: T, length: number): T {
  const larger = new (values.constructor as new (length: number) => T)(Math.ceil(1.5 * length));
  larger.set(values);
  return larger;
}

function decode({ bytes, offsets, valid }: PackedText): (string | null)[] {
  const { buffer, byteOffset, byteLength } = bytes;
  const all = Buffer.from(buffer, byteOffset, byteLength);
  return Array.from({ length: offsets.length - 1 }, (_, row) =>
    valid?.[row] === 0 ? null : all.toString('utf8', offsets[row], offsets[row + 1]),
  );
}

function encode(strings: readonly (string | null)[]): PackedText {
  const gather = new TextGather();
  for (const value of strings) {
    if (value === null) gather.pushMissing();
    else {
      const bytes = Buffer.from(value);
      gather.push(bytes, 0, bytes.length);
    }
  }
  return gather.take().packed();
}
