// What the page asks of the engine for an address: settings and strategies, and what is wrong in it.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
const { Choices } = await import(pathToFileURL(process.argv[2]));
for await (const line of createInterface({ input: process.stdin })) {
  const { told, hash } = JSON.parse(line);
  const choices = new Choices(told);
  const { choice, problems } = choices.fromHash(hash);
  const { settings, strategies, seed } = choices.asked(choice);
  const wrong = problems.map((problem) => [problem.key, problem.values]);
  console.log(JSON.stringify({ settings, strategies, seed, wrong, again: choices.toHash(choice) }));
}
