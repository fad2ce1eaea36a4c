// What pictures with axes share: each is drawn by Observable Plot, says in words what it shows, and has
// its numbers in a table behind it.

import { useLayoutEffect, useRef } from "preact/hooks";
import { useWidth } from "./living.js";

export const SIDE = ["var(--a)", "var(--b)"];

// One picture: `draw(width)` makes the Plot; `table` is { head, rows } of what it shows.
export function Picture({ app, title, note, told, table, draw, deps }) {
  const say = app.say.value;
  const [box, width] = useWidth();
  const drawing = useRef(null);
  useLayoutEffect(() => {
    const plot = draw(width);
    plot.setAttribute("aria-hidden", "true");
    drawing.current.replaceChildren(plot);
  }, [width, app.lang.value, app.projector.value, ...deps]);
  return (
    <figure class="picture" ref={box}>
      <figcaption>{title}</figcaption>
      <div ref={drawing} role="img" aria-label={told} class="drawing" />
      {note && <p class="note">{note}</p>}
      {table && (
        <details class="behind">
          <summary>{say("page.as_table")}</summary>
          <Table {...table} caption={title} />
        </details>
      )}
    </figure>
  );
}

export function Table({ head, rows, caption }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="sr">{caption}</caption>
        <thead>
          <tr>
            {head.map((cell) =>
              cell ? (
                <th scope="col" key={cell}>
                  {cell}
                </th>
              ) : (
                <td key="" />
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...rest], i) => (
            <tr key={i}>
              <th scope="row">{first}</th>
              {rest.map((cell, j) => (
                <td key={j}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export const base = (width, height, more) => ({
  width,
  height,
  marginLeft: 46,
  marginRight: 16,
  marginTop: 18,
  marginBottom: 46,
  style: { fontSize: "inherit", background: "none" },
  ...more,
});

// Words beside a line: at its left where it stands far right.
export const beside = (right) => (right ? { dx: -4, textAnchor: "end" } : { dx: 4, textAnchor: "start" });

// The name of an axis stands below its numbers.
export const below = { labelOffset: 42 };

export const tickFormat = (say) => (x) => say.whole(x);
