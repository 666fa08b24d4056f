import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Table } from '../../../src/contracts/table.ts';
import {
  openPath,
  readTable,
  tableFromColumns,
  writeCsv,
  writeCsvFile,
  writeParquet,
} from '../../../src/data/table/index.ts';
import { memorySource, randomNumbers, rowsOf, scratchFolder } from './sources.ts';

const path = await scratchFolder();

function readText(text: string | Uint8Array, types?: Record<string, 'Float64' | 'Utf8'>): Promise<Table> {
  return readTable(memorySource(text), { name: 'data.csv', format: 'csv', types });
}

async function rowsOfText(
  text: string,
  types?: Record<string, 'Float64' | 'Utf8'>,
): Promise<Record<string, unknown[]>> {
  return rowsOf(await readText(text, types));
}

async function writeText(table: Table): Promise<string> {
  const pieces: Uint8Array[] = [];
  await writeCsv(table, { write: async (bytes) => void pieces.push(Uint8Array.from(bytes)) });
  return Buffer.concat(pieces).toString();
}

describe('reading', () => {
  test.each([
    ['LF', 'a,b\n1,x\n2,y\n'],
    ['CRLF', 'a,b\r\n1,x\r\n2,y\r\n'],
    ['no newline at the end', 'a,b\n1,x\n2,y'],
    ['CRLF, no newline at the end', 'a,b\r\n1,x\r\n2,y'],
    ['byte order mark', '\uFEFFa,b\n1,x\n2,y\n'],
    ['blank lines', 'a,b\n\n1,x\n\r\n2,y\n\n\n'],
    ['quotes where none are needed', '"a","b"\n"1","x"\n"2","y"\n'],
    ['quotes and CRLF', '"a","b"\r\n"1","x"\r\n"2","y"'],
  ])('%s', async (_, text) => {
    expect(await rowsOfText(text)).toEqual({ a: [1, 2], b: ['x', 'y'] });
  });

  test('columns named as what every object has are columns like others', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 't'];
    const table = await readText(`${names.join(',')}\n1,2,u,,x\n3,4,v,5,y\n`);
    expect(table.fields.map(({ type }) => type)).toEqual(['Float64', 'Float64', 'Utf8', 'Float64', 'Utf8']);
    const columns = [
      [1, 3],
      [2, 4],
      ['u', 'v'],
      [Number.NaN, 5],
      ['x', 'y'],
    ];
    expect(Object.entries(await rowsOf(table))).toEqual(names.map((name, j) => [name, columns[j]]));
    await writeParquet(table, path('names.parquet'));
    expect(Object.entries(await rowsOf(await openPath(path('names.parquet'))))).toEqual(
      names.map((name, j) => [name, columns[j]]),
    );
  });

  test('one column whose name has a semicolon in it, in quotes', async () => {
    expect(await rowsOfText('"a;b"\n1\n2\n')).toEqual({ 'a;b': [1, 2] });
  });

  test('one column of numbers: blank lines are skipped', async () => {
    expect(await rowsOfText('a\n\n1\n\n2\n\n')).toEqual({ a: [1, 2] });
    expect(await rowsOfText('a\r\n1\r\n\r\n2\r\n')).toEqual({ a: [1, 2] });
  });

  test('quoted fields with commas, newlines and quotes', async () => {
    const text = 'a,b\n1,"x,y"\n2,"two\nlines"\n3,"say ""hi"""\n4,""\n5,\n6,in"side\n7,"""" \n'.replace(
      '"""" ',
      '""""',
    );
    expect((await rowsOfText(text))['b']).toEqual(['x,y', 'two\nlines', 'say "hi"', '', null, 'in"side', '"']);
  });

  test('what is missing in a numeric column', async () => {
    const words = ['', 'NA', 'NaN', 'nan', 'null', 'NULL', 'None', 'N/A', '#N/A', '<NA>', '""', '"NA"'];
    const rows = await rowsOfText(`a,b\n${words.map((word) => `${word},1\n`).join('')}2,1\n`);
    expect(rows['a']).toEqual([...words.map(() => Number.NaN), 2]);
  });

  test('numbers as people write them', async () => {
    const words = ['1', '-1.5', '+2', '.5', '5.', '1e3', '-1E-3', ' 7', '8 ', 'inf', '-Infinity', '1e999', '-0', '007'];
    const rows = await rowsOfText(`a,b\n${words.map((word) => `${word},1\n`).join('')}`);
    expect(rows['a']).toEqual([1, -1.5, 2, 0.5, 5, 1000, -0.001, 7, 8, Infinity, -Infinity, Infinity, -0, 7]);
  });

  test('a number reads to the nearest double', async () => {
    const words: string[] = ['9007199254740993', '0.1', '2.2250738585072011e-308', '179769313486231580793e289'];
    const random = randomNumbers(20_000, 5);
    for (let i = 0; i < 20_000; i += 2) {
      const x = (random[i] as number) * 10 ** Math.round((random[i + 1] as number) * 40);
      words.push(String(x), x.toFixed(17), x.toPrecision(15), x.toExponential(), x.toFixed(3));
    }
    const { a } = await rowsOfText(`a,b\n${words.map((word) => `${word},1\n`).join('')}`);
    expect(a).toEqual(words.map(Number));
  });

  test('the quick way for numbers alone has the values of the other one', async () => {
    const random = randomNumbers(4000, 31);
    const words = ['', 'NA', '-0', '0', '+4', ' 7', '1e5', '.5', '-3.25', '123456789012345678901', 'inf', '0.1', '1'];
    for (const end of ['\n', '\r\n']) {
      const lines = Array.from(random, (value, i) => `${value * 10 ** (i % 30)},${words[i % 13]},${(value * 1e4) | 0}`);
      const text = `a,b,c${end}${lines.join(end)}`;
      const quoted = text.replace(lines[0] as string, (line) => line.replace(/^[^,]*/, '"$&"')); // a quote: the other way
      for (const tail of ['', end]) expect(await rowsOfText(text + tail)).toEqual(await rowsOfText(quoted));
    }
  });

  test('one text far down makes a column text, and says where', async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `${i},${i === 99_998 ? 'oops' : i}\n`).join('');
    const table = await readText(`a,b\n${lines}`);
    expect(table.fields[1]).toEqual({
      name: 'b',
      type: 'Utf8',
      nullable: true,
      firstText: { row: 99_999, value: 'oops' },
    });
    await expect(table.column('b')).rejects.toMatchObject({
      code: 'NOT_NUMERIC',
      kind: 'content',
      message: 'data.csv: column "b" must be numeric, got text "oops" at row 99999',
      position: { file: 'data.csv', column: 'b', row: 99_999 },
    });
    expect((await table.column('a'))[99_999]).toBe(99_999);
  });

  test('declared types are kept to', async () => {
    expect(await rowsOfText('id,x\n007,1\n008,2\n', { id: 'Utf8' })).toEqual({ id: ['007', '008'], x: [1, 2] });
    const table = await readText('id,x\na,1\nb,two\n', { x: 'Float64' });
    await expect(table.column('x')).rejects.toMatchObject({
      code: 'NOT_NUMERIC',
      message: 'data.csv: column "x" must be numeric, got text "two" at row 2',
    });
    await expect(readText('a\n1\n', { b: 'Utf8' })).rejects.toMatchObject({ code: 'UNKNOWN_COLUMN' });
  });

  test('any range of rows of a file longer than a block, only those columns', async () => {
    const n = 150_000;
    const x = randomNumbers(n, 3);
    const lines = Array.from(x, (value, i) => `${value},"r,${i}"\n`).join('');
    const table = await readText(`x,s\n${lines}`);
    expect(table.numRows).toBe(n);
    expect(await table.column('x')).toEqual(x);
    for (const [start, end] of [
      [0, 1],
      [65_535, 65_537],
      [131_072, 131_080],
      [149_990, 999_999],
    ] as const) {
      const rows = await rowsOf(table.select(['s']), { rows: [start, end], batchRows: 1000 });
      expect(rows['s']).toEqual(Array.from({ length: Math.min(end, n) - start }, (_, i) => `r,${start + i}`));
    }
  });

  test('a record longer than a block', async () => {
    const long = 'y'.repeat(3_000_000);
    expect(await rowsOfText(`a,b\n1,${long}\n2,"${long}"\n3,z\n`)).toEqual({ a: [1, 2, 3], b: [long, long, 'z'] });
  });

  test('blocks may end anywhere in a record', async () => {
    // Lines of a length that drifts against the size of a block, with all that is special at their ends.
    const rows = Array.from(
      { length: 60_000 },
      (_, i) => `${i},"a""b\r\n${'é'.repeat(i % 13)}",${i % 3 ? 'é' : ''}\r\n`,
    );
    const { n, q, u } = await rowsOfText(`n,q,u\r\n${rows.join('')}`);
    expect(n).toEqual(rows.map((_, i) => i));
    expect(q).toEqual(rows.map((_, i) => `a"b\r\n${'é'.repeat(i % 13)}`));
    expect(u).toEqual(rows.map((_, i) => (i % 3 ? 'é' : null)));
  });
});

describe('refused, with file, row and what to do', () => {
  test.each([
    ['empty', '', 'EMPTY_FILE', 'data.csv: expected CSV with a header, got an empty file'],
    ['blank', '\n\n', 'EMPTY_FILE', 'data.csv: expected CSV with a header, got an empty file'],
    ['a header alone', 'a,b\n', 'EMPTY_TABLE', 'data.csv: expected rows, got a header alone'],
    ['no header', '1,2\n3,4\n', 'NO_HEADER', 'data.csv: the first line must name the columns, got numbers'],
    ['semicolons', 'a;b\n1,5;2\n', 'NO_COMMAS', 'data.csv: expected commas between columns, got ";" in the first line'],
    ['a column twice', 'a,b,a\n1,2,3\n', 'DUPLICATE_COLUMN', 'data.csv: column "a" is in the header twice'],
    ['too few fields', 'a,b\n1,2\n3\n', 'RAGGED_ROW', 'data.csv: row 2 must have 2 fields like the header, got 1'],
    [
      'too many fields',
      'a,b\n1,2\n\n3,4,5\n',
      'RAGGED_ROW',
      'data.csv: row 2 must have 2 fields like the header, got 3',
    ],
    ['an open quote', 'a,b\n1,"2\n3,4\n', 'BAD_QUOTE', 'data.csv: a quote is opened and not closed in row 1, field 2'],
    [
      'an open quote in the header',
      'a,"b\n1,2\n',
      'BAD_QUOTE',
      'data.csv: a quote is opened and not closed in the header, field 2',
    ],
    ['text after a quote', 'a,b\n1,"2"x\n', 'BAD_QUOTE', 'data.csv: text follows a closing quote in row 1, field 2'],
    ['zeros', 'a,b\n1,\0\n', 'BAD_ENCODING', 'data.csv: expected CSV, got binary data'],
    ['gzip', '\x1f\x8b\x08', 'BAD_ENCODING', 'data.csv: expected CSV, got gzip-compressed'],
  ])('%s', async (_, text, code, message) => {
    const bytes = Buffer.from(text, code === 'BAD_ENCODING' ? 'latin1' : 'utf8');
    await expect(readText(bytes)).rejects.toMatchObject({
      code,
      kind: 'content',
      message,
      remedy: expect.stringMatching(/./) as string,
    });
  });

  test('bytes that are no UTF-8', async () => {
    const bytes = Buffer.from('a,b\n1,x\n2,caf\xe9\n', 'latin1');
    await expect(readText(bytes)).rejects.toMatchObject({ code: 'BAD_ENCODING', kind: 'content' });
  });

  test('bytes that are no UTF-8 far down, by the row that they are in', async () => {
    const rows = Array.from({ length: 300_000 }, (_, i) => (i === 250_000 ? '"caf\xe9",2' : `x${i},1`));
    const message = 'data.csv: not UTF-8 at row 250001';
    await expect(readText(Buffer.from(`a,b\n${rows.join('\n')}\n`, 'latin1'))).rejects.toMatchObject({ message });
  });

  test.each(['a,b\r1,x\r2,y\r', 'a,b\r1,1\r1,2\r', 'a\r1\r2', `a,b${'\r1,2'.repeat(6_000_000)}`])(
    'lines that end with CR alone, whatever is in them (case %#)',
    async (text) => {
      await expect(readText(text)).rejects.toMatchObject({
        code: 'BAD_LINE_ENDS',
        message: 'data.csv: expected lines that end with LF or CR LF, got CR alone, as on old Macs',
      });
    },
  );
});

describe('writing', () => {
  test('RFC 4180, missing values empty', async () => {
    const table = tableFromColumns({
      x: Float64Array.of(1, Number.NaN, -0.1, 1e21, 5e-324),
      'a "name", quoted': ['plain', null, '', 'with,comma', 'with "quotes"\nand lines'],
    });
    expect(await writeText(table)).toBe(
      'x,"a ""name"", quoted"\n1,plain\n,\n-0.1,""\n1e+21,"with,comma"\n5e-324,"with ""quotes""\nand lines"\n',
    );
  });

  test('round trip to the bit', async () => {
    const numbers = randomNumbers(5000, 11).map(
      (x, i) => [Number.NaN, -0, Infinity, -Infinity][i % 13] ?? x * 10 ** ((i % 600) - 300),
    );
    const text = Array.from(numbers, (_, i) => [null, '', 'a,b', '"', 'é\n😀', 'NA', 'x'][i % 7] as string | null);
    const written = await writeCsvFile(tableFromColumns({ numbers, text }), path('round.csv'));
    expect(written).toMatchObject({
      format: 'csv',
      numRows: 5000,
      sizeBytes: (await readFile(path('round.csv'))).length,
    });
    const back = await openPath(path('round.csv'));
    expect(await rowsOf(back)).toEqual({ numbers: [...numbers], text });
    await writeCsvFile(back, path('again.csv'));
    expect(await readFile(path('again.csv'))).toEqual(await readFile(path('round.csv')));
  });

  test('numbers alone, as the shortest decimals', async () => {
    const x = randomNumbers(3000, 17).map((value, i) => value * 10 ** ((i % 640) - 320));
    const text = await writeText(tableFromColumns({ x, y: x.map((value) => -value) }));
    expect(text).toBe(`x,y\n${Array.from(x, (value) => `${value},${-value}\n`).join('')}`);
  });

  test('one column with a missing value: no line is lost', async () => {
    const table = tableFromColumns({ x: Float64Array.of(1, Number.NaN, 3) });
    expect((await rowsOfText(await writeText(table)))['x']).toEqual([1, Number.NaN, 3]);
  });

  test('no rows: the header', async () => {
    expect(await writeText(tableFromColumns({ x: new Float64Array(), y: [] }))).toBe('x,y\n');
  });

  test('a write that fails leaves no file', async () => {
    await writeFile(path('before.csv'), 'a\n1\n');
    const table = (await openPath(path('before.csv'))).derive({
      fields: [{ name: 'a', type: 'Float64', nullable: false }],
      requires: ['a'],
      apply: () => {
        throw new Error('in the middle');
      },
    });
    await expect(writeCsvFile(table, path('half.csv'))).rejects.toThrow('in the middle');
    await expect(readFile(path('half.csv'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
