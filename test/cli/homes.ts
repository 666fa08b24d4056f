/** A small made-up table as CSV: price is nearly linear in year and size; the same on every machine. */
export function homesCsv(rows = 40): string {
  const lines = ['year,size,price'];
  for (let i = 0; i < rows; i += 1) {
    const year = 1990 + ((i * 7) % 31);
    const size = 20 + ((i * 13) % 37) / 4;
    lines.push(`${year},${size},${(year - 1900) / 4 + size * 1.5 + ((i * 5) % 11) / 10}`);
  }
  return `${lines.join('\n')}\n`;
}
