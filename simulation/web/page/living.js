// What a component waits for: a pair of lives of what is chosen, other worlds, days that play.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Superseded } from "./asking.js";
import { drawnOf, soFar } from "./lived.js";

// The newest picture of what is asked: { drawn, asked, problem }; an older one stays until it is there.
export function usePair(app, asked) {
  const [found, setFound] = useState({ drawn: null, asked: null, problem: null });
  const key = JSON.stringify(asked);
  useEffect(() => {
    let wanted = true;
    app.lives
      .then((lives) => lives.pair(asked))
      .then((sides) => wanted && setFound({ drawn: drawnOf(sides), asked: key, problem: null }))
      .catch((error) => {
        if (wanted && !(error instanceof Superseded)) setFound((old) => ({ ...old, problem: error.message }));
      });
    return () => void (wanted = false);
  }, [key]);
  return { ...found, fresh: found.asked === key };
}

// Many worlds of several cells, filled in while the reader reads: for every cell a list of
// { world, sides: [{ summary, contacts, touchpoints, sold }, ...] }. `cells` is a list of what is asked;
// what was lived to its end is kept, for a reader who comes back.
export function useWorlds(app, cells, worlds, go) {
  const key = JSON.stringify([cells, worlds, go]),
    kept = app.worlds.get(key);
  const [found, setFound] = useState({ key: "", cells: [], n: 0 });
  useEffect(() => {
    if (!go || kept) return undefined;
    let wanted = true,
      lives = null;
    const filled = cells.map(() => []); // by cell and world: they end in any order
    let n = 0;
    const one = async (world, i) => {
      const sides = await lives.other({ ...cells[i], world });
      if (!wanted) return;
      filled[i][world] = {
        world,
        sides: sides.map(({ summary, contacts, touchpoints, sales }) => ({
          summary,
          contacts,
          touchpoints,
          sold: soFar(sales),
        })),
      };
      const there = [...filled[0].keys()].filter((one) => filled.every((list) => list[one])); // paired: in all cells
      if (there.length <= n) return;
      n = there.length;
      const now = { key, cells: filled.map((list) => there.map((one) => list[one])), n };
      if (n === worlds) app.worlds.set(key, now);
      setFound(now);
    };
    app.lives.then((there) => {
      if (!wanted) return;
      lives = there;
      for (let world = 0; world < worlds; world++) cells.forEach((_, i) => one(world, i).catch(silent));
    });
    return () => {
      wanted = false;
      lives?.forget();
    };
  }, [key]);
  if (kept) return { ...kept, all: true };
  return found.key === key ? { ...found, all: found.n >= worlds } : { key, cells: [], n: 0, all: false };
}

function silent(error) {
  if (!(error instanceof Superseded)) throw error;
}

export const still = () => globalThis.matchMedia("(prefers-reduced-motion: reduce)").matches;

// Days that play from the start (before day 0) to the last in so many seconds; `moved` once a hand did.
export const START = -1;

export function useDays(nDays, start = START, seconds = 6) {
  const [state, setState] = useState({ day: start, playing: false, moved: false });
  const frame = useRef(0);
  const last = nDays - 1;
  const stop = () => {
    globalThis.cancelAnimationFrame(frame.current);
    setState((old) => ({ ...old, playing: false }));
  };
  const to = (day) => {
    globalThis.cancelAnimationFrame(frame.current);
    setState({ day: Math.max(START, Math.min(last, day)), playing: false, moved: true });
  };
  const play = (from = START) => {
    globalThis.cancelAnimationFrame(frame.current);
    if (still()) return setState({ day: last, playing: false, moved: true });
    const began = globalThis.performance.now() - (1000 * seconds * (from - START)) / (last - START);
    const step = (now) => {
      const day = Math.min(last, START + (Math.max(0, now - began) / (1000 * seconds)) * (last - START));
      setState({ day, playing: day < last, moved: true });
      if (day < last) frame.current = globalThis.requestAnimationFrame(step);
    };
    frame.current = globalThis.requestAnimationFrame(step);
    return undefined;
  };
  useEffect(() => () => globalThis.cancelAnimationFrame(frame.current), []);
  return { ...state, last, ended: state.day >= last, play, stop, to };
}

// The largest of an axis: it holds while a hand is on a slider, so that the eye can see the shift.
export function useHeld(app, most) {
  const held = useRef(most);
  const hand = app.hand.value;
  return useMemo(() => (held.current = hand ? Math.max(held.current, most) : most), [hand, most]);
}

// The width of an element, now and whenever it changes.
export function useWidth(start = 640) {
  const element = useRef(null);
  const [width, setWidth] = useState(start);
  useEffect(() => {
    if (!element.current) return undefined;
    const watch = new globalThis.ResizeObserver(([entry]) =>
      setWidth(Math.max(120, Math.floor(entry.contentRect.width))),
    );
    watch.observe(element.current);
    return () => watch.disconnect();
  }, []);
  return [element, width];
}
