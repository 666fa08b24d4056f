import { scaleLinear, scaleLog } from 'd3-scale';
import type { RidgeModelArtifact } from '../../contracts/model.ts';
import { boundsOf, countText, drawnOf } from './points.ts';
import { COLOURS, drawFrame, drawLabel, INSIDE, px } from './svg.ts';

/**
 * The cross-validated error of every alpha that was tried, and the one that was chosen, as an SVG document.
 *
 * @returns undefined for a model without a sweep: one alpha alone, or 0
 */
export function drawAlphas(model: RidgeModelArtifact, title: string): string | undefined {
  const { alphas, alpha, mse, target, folds } = model;
  const how = folds ? `${folds.count}-fold` : 'leave-one-out';
  if (mse.length < 2 || alphas.some((each) => each <= 0)) return undefined;
  const order = alphas.map((_, i) => i).toSorted((a, b) => alphas[a]! - alphas[b]!);
  const x = scaleLog()
    .domain([alphas[order[0]!]!, alphas[order.at(-1)!]!])
    .range([INSIDE.left + 12, INSIDE.right - 12]);
  const y = scaleLinear()
    .domain(boundsOf(mse))
    .nice()
    .range([INSIDE.bottom - 12, INSIDE.top + 12]);
  const at = (i: number): string => `${px(x(alphas[i]!))},${px(y(mse[i]!))}`;
  const drawn = drawnOf(order.length).map((k) => order[k]!);
  const chosen = alphas.indexOf(alpha);
  const [cx, cy] = [x(alpha), y(mse[chosen]!)];
  const isRight = cx > (INSIDE.left + INSIDE.right) / 2;
  return drawFrame(
    title,
    `${countText(alphas.length, 'alphas')}; the smallest error is chosen`,
    {
      scale: x,
      label: 'alpha',
      ticks: x.ticks().filter(isPowerOfTen),
      format: (tick) => String(Number(tick.toPrecision(3))),
    },
    { scale: y, label: `${how} mean squared error of ${target}`, ticks: y.ticks(7), format: y.tickFormat(7) },
    [
      `<path d="M${drawn.map(at).join('L')}" fill="none" stroke="${COLOURS.data}" stroke-width="1.5"/>`,
      ...drawn.map((i) => `<circle cx="${at(i).replace(',', '" cy="')}" r="3" fill="${COLOURS.data}"/>`),
      `<path d="M${px(cx)},${INSIDE.bottom}V${px(cy)}" stroke="${COLOURS.line}" stroke-dasharray="4 4"/>`,
      `<circle cx="${px(cx)}" cy="${px(cy)}" r="7" fill="none" stroke="${COLOURS.mark}" stroke-width="2.5"/>`,
      drawLabel(
        cx + (isRight ? -8 : 8),
        INSIDE.bottom - 8,
        isRight ? 'end' : 'start',
        `alpha ${Number(alpha.toPrecision(4))}`,
      ),
    ],
  );
}

function isPowerOfTen(value: number): boolean {
  const exponent = Math.log10(value);
  return Math.abs(exponent - Math.round(exponent)) < 1e-9;
}
