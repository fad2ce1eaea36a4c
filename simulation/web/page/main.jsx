// The page: a head, and below it the step of the story, or the one picture of a frame elsewhere.

import { render } from "preact";
import { useState } from "preact/hooks";
import { App } from "./app.js";
import { Embedded } from "./embedded.jsx";
import { takeToken } from "./classroom.js";
import { Bar, Join, beginLesson } from "./lesson.jsx";
import { Story } from "./story.jsx";
import { linkOf } from "./taking.js";
import { LANGUAGES } from "./texts.js";
import { problem } from "./words.js";

const read = (id) => globalThis.document.getElementById(id).textContent;

function Share({ app }) {
  const say = app.say.value;
  const [link, setLink] = useState("");
  const share = async () => {
    const text = linkOf(app);
    try {
      if (globalThis.document.featurePolicy?.allowsFeature("clipboard-write") === false) throw new Error();
      if (text.startsWith("#")) throw new Error(); // of a file: it has to be sent, too
      await globalThis.navigator.clipboard.writeText(text);
      setLink(say("page.copied"));
      setTimeout(() => setLink(""), 2500);
    } catch {
      setLink(text); // to be copied by hand
    }
  };
  return (
    <span class="share-link">
      <button type="button" onClick={share}>
        {say("page.share")}
      </button>
      {link && (
        <span class="shared">
          {link.startsWith("#") && <span>{say("page.send_the_file")}</span>}
          <input
            class="link"
            readOnly
            value={link}
            aria-label={say("page.copy_by_hand")}
            onFocus={(event) => event.target.select()}
          />
        </span>
      )}
    </span>
  );
}

function Head({ app }) {
  const say = app.say.value,
    now = app.step.value;
  return (
    <header class="head">
      <p class="name">
        <b>Continuum</b> <span>{say("page.subtitle")}</span>
      </p>
      {app.klass.value?.role !== "student" && (
        <nav aria-label={say("page.steps")}>
          <ol class="steps">
            {app.story.map((step, i) => (
              <li key={step.name}>
                <button
                  type="button"
                  aria-current={step.name === now ? "step" : undefined}
                  onClick={() => (app.step.value = step.name)}
                >
                  {step.kind === "sandbox" ? say("page.sandbox") : i + 1}
                </button>
              </li>
            ))}
          </ol>
        </nav>
      )}
      <div class="tools">
        <button
          type="button"
          aria-pressed={app.projector.value}
          onClick={() => (app.projector.value = !app.projector.value)}
        >
          {say("page.projector")}
        </button>
        <Share app={app} />
        {LANGUAGES.filter((lang) => lang !== app.lang.value).map((lang) => (
          <button key={lang} type="button" lang={lang} onClick={() => (app.lang.value = lang)}>
            {app.texts[lang].page.language_name}
          </button>
        ))}
      </div>
    </header>
  );
}

// To the story at once, for those who use a keyboard; the address holds something else.
function skip(event) {
  event.preventDefault();
  globalThis.document.getElementById("main").focus();
}

// What was wrong in the address, or with the engine.
function Problems({ app }) {
  return app.problems.value.map((one, i) => (
    <p key={i} class="problem" role="alert">
      {problem(app, one)}
    </p>
  ));
}

function Page({ app }) {
  if (app.embed.value) return <Embedded app={app} />;
  if (app.options.class && !app.klass.value)
    return (
      <main>
        <Join app={app} />
      </main>
    );
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        {app.say.value("accessibility.skip_to_story")}
      </a>
      <Head app={app} />
      {app.klass.value && <Bar app={app} />}
      <main id="main" tabIndex={-1}>
        <Problems app={app} />
        <Story app={app} />
      </main>
    </>
  );
}

const told = JSON.parse(read("continuum"));
const token = told.options.class ? takeToken() : ""; // before the address is read
const app = new App(told, read("engine"), read("worker"));
globalThis.continuum = app; // for tests, and whoever looks under the bonnet
beginLesson(app, token);
const root = globalThis.document.getElementById("page");
root.replaceChildren();
render(<Page app={app} />, root);
