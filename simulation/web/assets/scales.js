// Numbers into places and words: the few helpers that all drawings share.

export const STAGES = ["stranger", "follower", "subscriber", "member"];
export const STAGE_COLOURS = { stranger: "#B4B4B4", follower: "#DD8F06", subscriber: "#14808A", member: "#4A1A6B" };
// dark enough to be read as text on white
export const STAGE_INK = { stranger: "#6B6B6B", follower: "#8F5C00", subscriber: "#0F6870", member: "#4A1A6B" };
export const STAGE_DASH = { stranger: "1 3", follower: "7 3 2 3", subscriber: "7 4", member: "" };
export const SIDE_COLOURS = ["#A85400", "#005C99"];
export const SIDE_NAMES = ["A", "B"];

export const whole = (x) => (x == null ? "–" : Math.round(x).toLocaleString("en"));
export const short = (x) =>
  x >= 1e6 ? `${+(x / 1e6).toPrecision(3)} M` : x >= 1e4 ? `${+(x / 1e3).toPrecision(3)} k` : x.toLocaleString("en");
export const number = (x) =>
  x == null ? "–" : Math.abs(x) >= 100 || Number.isInteger(x) ? whole(x) : String(+x.toPrecision(3));
export const copies = (x) => `${number(x)} ${x === 1 ? "copy" : "copies"}`;
export const moreCopies = (x) => `${number(x)} more ${x === 1 ? "copy" : "copies"}`;

// Round numbers from low to high, about n of them.
export function ticks(low, high, n) {
  const span = high - low || 1;
  const step0 = 10 ** Math.floor(Math.log10(span / n));
  const step = step0 * [1, 2, 5, 10].find((m) => span / (m * step0) <= n);
  const list = [];
  for (let x = Math.ceil(low / step) * step; x <= high + 1e-9 * span; x += step) list.push(+x.toPrecision(12));
  return list;
}

// People on a log scale that has a 0: where the scale is cut, 0 to 1 is as wide as half a decade.
export const logPlace = (n) => (n < 1 ? 0.5 * n : 0.5 + Math.log10(n));

// A line through points; x and y map a number to a place.
export function line(xs, ys, x, y) {
  let d = "";
  for (let i = 0; i < ys.length; i++) d += `${i ? "L" : "M"}${x(xs ? xs[i] : i).toFixed(1)} ${y(ys[i]).toFixed(1)}`;
  return d;
}

// A line of a count that stays the same on most days: only where it changes.
export function stepsOf(ys, x, y) {
  let d = "";
  for (let i = 0; i < ys.length; i++) {
    if (i && ys[i] === ys[i - 1] && i < ys.length - 1 && ys[i + 1] === ys[i]) continue;
    d += `${d ? "L" : "M"}${x(i).toFixed(1)} ${y(ys[i]).toFixed(1)}`;
  }
  return d;
}

export function band(xs, low, high, x, y) {
  let d = line(xs, low, x, y);
  for (let i = xs.length - 1; i >= 0; i--) d += `L${x(xs[i]).toFixed(1)} ${y(high[i]).toFixed(1)}`;
  return d + "Z";
}

// Places near the wished ones, `gap` apart, inside low..high.
export function spread(wished, gap, low, high) {
  const order = wished.map((_, i) => i).sort((a, b) => wished[a] - wished[b]);
  const places = [];
  let at = low - gap;
  for (const i of order) places[i] = at = Math.max(wished[i], at + gap);
  let limit = high;
  for (const i of order.reverse()) {
    places[i] = Math.min(places[i], limit);
    limit = places[i] - gap;
  }
  return places;
}

// Every drawing is as wide as its place: it looks again when that changes.
export const fitted = {
  data: () => ({ width: 340 }),
  mounted() {
    this.watcher = new ResizeObserver((entries) => {
      const w = Math.round(entries[0].contentRect.width);
      if (w > 0 && w !== this.width) this.width = w;
    });
    this.watcher.observe(this.$el);
  },
  beforeDestroy() {
    this.watcher.disconnect();
  },
};
