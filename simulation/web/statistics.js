// The statistics of paired differences, as simulation/runs/statistics.py has them, to the last bit:
// sums are added in NumPy's order, and Student's quantiles are those of `declared` (SciPy's).
// A classic script without dependencies.

const PairedStatistics = (() => {
  // The sum of numbers in the order of NumPy: halves of halves, then eight sums side by side.
  function pairwiseSum(values, low = 0, n = values.length) {
    if (n > 128) {
      const half = Math.floor(n / 2) - (Math.floor(n / 2) % 8);
      return pairwiseSum(values, low, half) + pairwiseSum(values, low + half, n - half);
    }
    const eights = n < 8 ? 0 : n - (n % 8);
    let total = 0;
    if (eights) {
      const r = values.slice(low, low + 8);
      for (let j = 8; j < eights; j++) r[j % 8] += values[low + j];
      total = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
    }
    for (let j = eights; j < n; j++) total += values[low + j];
    return total;
  }

  // The paired differences a - b: 0 where they differ by no more than rounding.
  function minus({ rounding }, a, b) {
    return a.map((one, i) => {
      const small = Math.abs(one - b[i]) <= rounding * Math.max(Math.abs(one), Math.abs(b[i]));
      return small ? 0 : one - b[i];
    });
  }

  // Student's t for the mean of n values.
  function quantile({ quantiles }, n) {
    if (n < 2) return NaN;
    const most = quantiles.length + 1;
    if (n > most) throw new Error(`${n} worlds are not allowed: at most ${most}`);
    return quantiles[n - 2];
  }

  // Mean, low, high of the mean, and n; what is no number does not count.
  function meanInterval(student, values) {
    const there = values.filter(Number.isFinite);
    const n = there.length;
    const or0 = (x, made) => (Number.isFinite(x) ? made : 0);
    const mean = n ? pairwiseSum(values.map((x) => or0(x, x))) / n : NaN;
    const squares = values.map((x) => or0(x, (x - mean) * (x - mean)));
    const sd = Math.sqrt(pairwiseSum(squares) / (n > 1 ? n - 1 : NaN));
    const wide = (quantile(student, n) * sd) / Math.sqrt(n);
    const half = Math.abs(wide) <= student.rounding * Math.abs(mean) ? 0 : wide;
    return { mean, low: mean - half, high: mean + half, n };
  }

  // Whether a mean can be told from 0: its interval does not hold it; without sd the sign test.
  function told({ confidence }, { low, high, n }) {
    return (low > 0 || high < 0) && (high > low || 2 ** (1 - n) <= 1 - confidence);
  }

  // What is said of a strategy against the baseline, world by world. `student` is declared.student.
  function paired(student, strategy, baseline) {
    const found = meanInterval(student, minus(student, strategy, baseline));
    return { ...found, told: told(student, found) };
  }

  return { paired, minus, meanInterval, told, pairwiseSum };
})();

if (typeof module !== "undefined") module.exports = PairedStatistics;
