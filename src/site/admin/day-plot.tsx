import type { DayCount } from '../../audit/audit-statistics.service.js';

const HEIGHT = 60;
const BAR = 16;
const GAP = 4;

interface DayPlotProps {
  title: string;
  days: DayCount[];
  /** Which of the two colours of plots. */
  tone: 'good' | 'bad';
}

/** A bar for each day, and the same as a table for whoever does not see it. */
export function DayPlot({ title, days, tone }: DayPlotProps) {
  const highest = Math.max(1, ...days.map(({ count }) => count));
  const total = days.reduce((sum, { count }) => sum + count, 0);
  const width = days.length * (BAR + GAP) - GAP;
  const summary = `${total} in ${days.length} days, at most ${highest} in one`;
  return (
    <figure class="card card-body h-100 mb-0">
      <figcaption class="d-flex justify-content-between mb-2">
        <span class="fw-semibold">{title}</span>
        <span class="text-body-secondary">{total}</span>
      </figcaption>
      <svg
        role="img"
        aria-label={`${title}: ${summary}`}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        class={`plot plot-${tone}`}
        preserveAspectRatio="none"
      >
        {days.map(({ day, count }, i) => {
          const height = count === 0 ? 1 : Math.max(2, (count / highest) * HEIGHT);
          return (
            <rect
              x={i * (BAR + GAP)}
              y={HEIGHT - height}
              width={BAR}
              height={height}
              class={count === 0 ? 'none' : ''}
            >
              <title>{`${day}: ${count}`}</title>
            </rect>
          );
        })}
      </svg>
      <div class="d-flex justify-content-between small text-body-secondary mt-1">
        <span>{days.at(0)?.day}</span>
        <span>{days.at(-1)?.day}</span>
      </div>
      <table class="visually-hidden">
        <caption>{title}</caption>
        <thead>
          <tr>
            <th>Day</th>
            <th>Number</th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ day, count }) => (
            <tr>
              <td>{day}</td>
              <td>{count}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
