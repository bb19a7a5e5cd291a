// The page shows the stream /demo: ?seed=, ?rate= (points per second), ?points= and ?faults= are passed on.
const shown = 260;      // measured points on the charts
const ahead = 16;       // forecast points
const range = 1.645;    // standard deviations of a 90 % range
const points = [];
const totals = { healthy: 0, count: 0, faults: new Set(), network: method(), baseline: method() };
let last = null;
let ended = false;

function method() {
  return { error: 0, found: new Set(), alarms: 0 };
}

const byId = id => document.getElementById(id);

function resolve(name) {
  // light-dark() is resolved by the style of an element.
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

let palette = {};
function readPalette() {
  for (const name of ["text", "quiet", "line", "value", "expected", "range", "baseline", "fault", "limit"]) palette[name] = resolve(name);
}

function add(point) {
  last = point;
  points.push(point);
  if (points.length > shown) points.shift();
  const isFaulty = point.fault !== "none";
  if (isFaulty) totals.faults.add(point.stroke);
  const follows = totals.faults.has(point.stroke - 1);

  // Both methods are judged from the first point on that both expect.
  if (point.expected !== null && point.baselineExpected !== null) {
    if (!isFaulty && !follows) totals.healthy++;
    count(totals.network, point.score, isFaulty, follows, point.stroke);
    count(totals.baseline, point.baselineScore, isFaulty, follows, point.stroke);
    totals.count++;
    totals.network.error += Math.abs(point.value - point.expected);
    totals.baseline.error += Math.abs(point.value - point.baselineExpected);
  }
}

function count(of, score, isFaulty, follows, stroke) {
  if (score <= 1) return;
  if (isFaulty) of.found.add(stroke);
  else if (!follows) of.alarms++;
}

function prepare(id) {
  const canvas = byId(id), scale = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }

  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "12px system-ui, sans-serif";
  return { context, width, height };
}

const left = 34, right = 8, top = 6, bottom = 8;

function axes(chart, low, high, ticks) {
  const { context, width, height } = chart;
  const x = i => left + (width - left - right) * i / (shown + ahead - 1);
  const y = value => top + (height - top - bottom) * (high - value) / (high - low);
  context.fillStyle = palette.quiet;
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of ticks) {
    context.beginPath();
    context.moveTo(left, y(tick));
    context.lineTo(width - right, y(tick));
    context.stroke();
    context.fillText(`${tick}`, left - 7, y(tick));
  }

  return { x, y };
}

function shade(chart, x) {
  const { context, height } = chart;
  context.fillStyle = palette.fault;
  for (let from = 0; from < points.length;) {
    let to = from;
    while (to < points.length && points[to].stroke === points[from].stroke) to++;
    if (points[from].fault !== "none") context.fillRect(x(from), top, x(to) - x(from), height - top - bottom);
    from = to;
  }
}

function line(context, stroke, width, at, dash = []) {
  context.strokeStyle = stroke;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.beginPath();
  at.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.stroke();
  context.setLineDash([]);
}

function drawPressure() {
  const chart = prepare("pressure"), { context } = chart, { x, y } = axes(chart, 1.7, 6.3, [2, 3, 4, 5, 6]);
  shade(chart, x);
  line(context, palette.expected, 1.4, points.map((point, i) => [x(i), point.expected === null ? null : y(point.expected)]).filter(([, at]) => at !== null));
  line(context, palette.value, 1.8, points.map((point, i) => [x(i), y(point.value)]));
  const now = points.length - 1;
  const upper = last.forecast.map((value, i) => [x(now + 1 + i), y(value + range * last.deviations[i])]);
  const lower = last.forecast.map((value, i) => [x(now + 1 + i), y(value - range * last.deviations[i])]);
  context.fillStyle = palette.range;
  context.beginPath();
  context.moveTo(x(now), y(last.value));
  for (const at of [...upper, ...lower.reverse()]) context.lineTo(...at);
  context.fill();
  line(context, palette.expected, 2, [[x(now), y(last.value)], ...last.forecast.map((value, i) => [x(now + 1 + i), y(value)])]);
  context.font = "600 12px system-ui, sans-serif";
  context.fillStyle = palette.limit;
  context.textAlign = "center";
  for (let i = 0; i < points.length; i++) {
    const isFirst = points[i].fault !== "none" && (i === 0 || points[i - 1].stroke !== points[i].stroke);
    if (isFirst) context.fillText(points[i].fault, x(Math.min(i + 12, shown - 8)), top + 9);
  }
}

function drawScore() {
  const most = 4, chart = prepare("score"), { context } = chart, { x, y } = axes(chart, 0, most, [0, 1, 2, 3, 4]);
  shade(chart, x);
  const at = key => points.map((point, i) => [x(i), y(Math.min(point[key], most))]);
  line(context, palette.baseline, 1.3, at("baselineScore"));
  line(context, palette.expected, 1.8, at("score"));
  line(context, palette.limit, 1, [[left, y(1)], [chart.width - right, y(1)]], [5, 4]);
}

function tell() {
  const strokes = totals.faults.size, share = alarms => (totals.healthy === 0 ? "–" : `${(100 * alarms / totals.healthy).toFixed(2)} %`);
  const rows = { "": totals.network, "Baseline": totals.baseline };
  for (const [suffix, of] of Object.entries(rows)) {
    byId(`error${suffix}`).textContent = totals.count === 0 ? "–" : (of.error / totals.count).toFixed(3);
    byId(`found${suffix}`).textContent = `${of.found.size} of ${strokes}`;
    byId(`alarms${suffix}`).textContent = share(of.alarms);
  }

  byId("progress").textContent = `${last.time + 1} points, ${ended ? "ended" : "live"}`;
}

let isDrawn = true;
function draw() {
  if (isDrawn || last === null) return;
  isDrawn = true;
  drawPressure();
  drawScore();
  tell();
}

function drawSoon() {
  isDrawn = false;
  requestAnimationFrame(draw);
}

async function describe() {
  const model = await (await fetch("model")).json();
  byId("model").textContent = `${model.description}, version ${model.version}, ${model.sessions} ${model.sessions === 1 ? "session" : "sessions"}`;
  byId("figures").replaceChildren(...model.figures.map(row => {
    const line = document.createElement("tr");
    const cells = [row.errorNear || "–", row.errorFar || "–", `${row.found} of ${row.faults}`, `${row.falseAlarms} %`];
    line.append(Object.assign(document.createElement("th"), { textContent: row.name }), ...cells.map(text => Object.assign(document.createElement("td"), { textContent: text })));
    return line;
  }));
}

function listen() {
  const source = new EventSource(`demo${location.search}`);
  source.addEventListener("point", event => {
    add(JSON.parse(event.data));
    drawSoon();
  });
  source.onerror = () => {
    // The stream has ended, or the service has stopped: a new one would start from the beginning.
    source.close();
    ended = true;
    if (last === null) byId("progress").textContent = "no connection";
    else drawSoon();
    document.body.dataset.ended = `${last === null ? 0 : last.time + 1}`;
  };
}

readPalette();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readPalette(); drawSoon(); });
addEventListener("resize", drawSoon);
describe().catch(() => { byId("model").textContent = "The model cannot be read."; });
listen();
