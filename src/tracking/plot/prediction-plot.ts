import { scaleLinear } from 'd3-scale';
import { boundsOf, countText, drawnOf } from './points.ts';
import { COLOURS, drawFrame, INSIDE, px } from './svg.ts';

export interface DrawOptions {
  readonly title: string;
  /** What is predicted, with its unit: `tail length (cm)`. */
  readonly target: string;
  /** Standard deviation of a prediction's error, in the unit of the target: 1.96 of it each way is drawn as a band. */
  readonly spread?: number;
}

/**
 * Predicted against true values with the line on which both are equal, as an SVG document. The axes hold all of them.
 *
 * @param truth f64[n], finite
 * @param predicted f64[n], finite, of the same rows
 */
export function drawPredictions(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  { title, target, spread }: DrawOptions,
): string {
  const n = truth.length;
  const domain = boundsOf(truth, predicted);
  const x = scaleLinear()
    .domain(domain)
    .nice()
    .range([INSIDE.left + 10, INSIDE.right - 10]);
  const y = scaleLinear()
    .domain(domain)
    .nice()
    .range([INSIDE.bottom - 10, INSIDE.top + 10]);
  const [low, high] = [x.invert(INSIDE.left), x.invert(INSIDE.right)];
  const half = spread === undefined ? 0 : 1.96 * spread;
  const points = drawnOf(n).map((i) => {
    const at = `cx="${px(x(truth[i]!))}" cy="${px(y(predicted[i]!))}"`;
    return `<circle ${at} r="${n > 2000 ? 1.5 : 4}" fill="${COLOURS.data}" fill-opacity="0.55" stroke="${COLOURS.data}"/>`;
  });
  const band = half > 0 ? [`band: \u00b1 ${half.toPrecision(3)}, for 95 % of new rows`] : [];
  const format = x.tickFormat(7);
  const axis = { ticks: x.ticks(7), format };
  return drawFrame(
    title,
    [countText(n, 'rows'), 'dashes: predicted = true', ...band].join('; '),
    { scale: x, label: `true ${target}`, ...axis },
    { scale: y, label: `predicted ${target}`, ...axis },
    [
      '<clipPath id="inside">',
      `<rect x="${INSIDE.left}" y="${INSIDE.top}" width="${INSIDE.right - INSIDE.left}" height="${INSIDE.bottom - INSIDE.top}"/>`,
      '</clipPath>',
      '<g clip-path="url(#inside)">',
      ...(half > 0
        ? [
            `<path d="M${px(x(low))},${px(y(low - half))}L${px(x(high))},${px(y(high - half))}V${px(y(high + half))}L${px(x(low))},${px(y(low + half))}Z" fill="${COLOURS.band}" fill-opacity="0.6"/>`,
          ]
        : []),
      `<path d="M${px(x(low))},${px(y(low))}L${px(x(high))},${px(y(high))}" stroke="${COLOURS.line}" stroke-dasharray="6 4" fill="none"/>`,
      ...points,
      '</g>',
    ],
  );
}
