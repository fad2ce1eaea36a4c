// state.js in node. The first line is what the page is told; then a line each, answered by a line:
// { hash }: what the page asks of the engine for an address, and what is wrong in it.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
const { Choices } = await import(pathToFileURL(process.argv[2]));
let choices = null;

function read({ hash }) {
  const { choice, problems } = choices.fromHash(hash);
  const { settings, strategies, seed } = choices.asked(choice);
  const wrong = problems.map((problem) => [problem.key, problem.values]);
  return { settings, strategies, seed, wrong, again: choices.toHash(choice), choice };
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (choices) console.log(JSON.stringify(read(asked)));
  else {
    choices = new Choices(asked);
    console.log("true");
  }
}
