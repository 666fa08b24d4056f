import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { RidgelineError } from '../../contracts/errors.ts';

/** Everything in a tar archive comes in blocks: a header, then the contents padded with zeros. */
const BLOCK = 512;
/** Unpacked at a time: each piece is a turn in another thread, and zlib's own 16 kB make many. */
const CHUNK_BYTES = 1 << 20;

/**
 * Reads one member of a gzip-compressed tar archive (ustar; names up to 255 bytes) into memory.
 *
 * @param path the archive
 * @param member its name in the archive: `CaliforniaHousing/cal_housing.data`
 * @throws {RidgelineError} SOURCE_CONTENT when the archive is damaged or has no such member.
 */
export async function readTarMember(path: string, member: string): Promise<Uint8Array> {
  const archive = await unpack(path);
  const names: string[] = [];
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0;) {
    const header = archive.subarray(at, at + BLOCK);
    if (!hasRightSum(header)) throw damaged(path, `the header at byte ${at} has a wrong checksum`);
    const sizeBytes = Number.parseInt(text(header, 124, 12), 8);
    const end = at + BLOCK + sizeBytes;
    const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
    const name = (prefix === '' ? '' : `${prefix}/`) + text(header, 0, 100);
    if (end > archive.length) throw damaged(path, `${name} ends at byte ${end} of ${archive.length}`);
    if (name === member) return archive.subarray(at + BLOCK, end);
    names.push(name);
    at = end + ((BLOCK - (sizeBytes % BLOCK)) % BLOCK);
  }
  throw damaged(path, `expected a member ${member}, got ${names.join(', ') || 'none'}`);
}

async function unpack(path: string): Promise<Uint8Array> {
  const packed = await readFile(path);
  try {
    return await promisify(gunzip)(packed, { chunkSize: CHUNK_BYTES });
  } catch (cause) {
    throw damaged(path, `expected gzip, got ${packed.length} bytes that are not (${(cause as Error).message})`);
  }
}

/** The sum of the header's bytes, its own field counted as blanks. */
function hasRightSum(header: Uint8Array): boolean {
  const sum = header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0);
  return sum === Number.parseInt(text(header, 148, 8), 8);
}

function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end === -1 ? field : field.subarray(0, end)).trim();
}

function damaged(path: string, message: string): RidgelineError {
  return new RidgelineError('SOURCE_CONTENT', 'content', `${path}: ${message}`, {
    remedy: 'get the archive again from where it is published',
    position: { file: path },
  });
}
