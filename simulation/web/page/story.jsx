// The story: each step one idea, one question. First the reader guesses, then the crowd lives it.

import { Duel } from "./duel.jsx";
import { FlipStep } from "./flip.jsx";
import { Guess } from "./guess.jsx";
import { Ablation } from "./parts.jsx";
import { Sandbox } from "./sandbox.jsx";

const KINDS = { guess: Guess, duel: Duel, parts: Ablation, flip: FlipStep, sandbox: Sandbox };

// The step the reader is at; anew for every step.
export function Story({ app }) {
  const step = app.story.find(({ name }) => name === app.step.value);
  const Kind = KINDS[step.kind];
  return <Kind key={step.name} app={app} step={step} />;
}
