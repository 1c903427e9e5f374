// Two curves of the last checks, by uPlot.

const CURVES = {
  took_ms: { of: (values) => values.map((one) => one / 1000), least: 0.1 },
  in_stock: { of: (values) => values, least: 1, paths: () => uPlot.paths.stepped({ align: 1 }), incrs: [1, 2, 5, 10, 50, 100] },
};
const HEIGHT = 110;
const plots = new Map();
let drawn = null;

export function drawCharts(state) {
  drawn = state;
  if (!globalThis.uPlot) return;
  for (const place of document.querySelectorAll("[data-chart]")) {
    const curve = CURVES[place.dataset.chart];
    const data = [state.checks.at, curve.of(state.checks[place.dataset.chart])];
    const plot = plots.get(place);
    if (plot) plot.setData(data);
    else plots.set(place, draw(place, curve, data, state.zone));
  }
}

function draw(place, { least, paths, incrs }, data, zone) {
  const colour = (name) => {
    place.style.color = `var(${name})`; // as it is in the light or the dark
    return getComputedStyle(place).color;
  };
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  const clock = clockOf(zone);
  const times = (_, ticks) => ticks.map((at) => clock.format(at * 1000));
  const series = { stroke: colour("--accent"), fill: colour("--wash"), width: 1.5, points: { show: false }, paths: paths?.() };
  return new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      cursor: { show: false },
      legend: { show: false },
      scales: { y: { range: (_plot, _least, most) => [0, Math.max(most * 1.15, least)] } },
      axes: [{ ...axis, size: 24, values: times, incrs: [60, 300, 600, 900, 1800, 3600] }, { ...axis, size: 36, incrs }],
      series: [{}, series],
    },
    data,
    place,
  );
}

/** By the browser's own zone where there is none, or one that it does not know. */
function clockOf(zone) {
  const form = { hour: "2-digit", minute: "2-digit" };
  try {
    return new Intl.DateTimeFormat("en-GB", { ...form, timeZone: zone ?? undefined });
  } catch {
    return new Intl.DateTimeFormat("en-GB", form);
  }
}

/** Colours and width are drawn in. */
function drawAnew() {
  for (const plot of plots.values()) plot.destroy();
  plots.clear();
  if (drawn) drawCharts(drawn);
}

let width = innerWidth;
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAnew);
addEventListener("resize", () => {
  if (innerWidth !== width) drawAnew();
  width = innerWidth;
});
