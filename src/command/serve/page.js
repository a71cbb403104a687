// Keeps a page up to date, and shows over it what is not as it says. Only `exemplar serve` puts this script into pages.
"use strict";
(() => {
  const own = document.currentScript;
  const { page, version } = own.dataset;
  const place = "exemplar-serve-scroll:" + location.pathname;
  const kept = sessionStorage.getItem(place);
  if (kept !== null) {
    sessionStorage.removeItem(place);
    requestAnimationFrame(() => scrollTo(0, Number(kept)));
  }

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = `
    section { position: fixed; z-index: 10000; inset: auto 1rem 1rem auto; width: min(46rem, calc(100vw - 2rem)); max-height: 70vh;
      overflow: auto; box-sizing: border-box; padding: .75rem 1rem; border-radius: .5rem; border: 1px solid #c5534b;
      background: #fff; color: #1c1c1c; font: 15px/1.45 system-ui, sans-serif; box-shadow: 0 .5rem 2rem rgb(0 0 0 / .3); }
    summary { cursor: pointer; font-weight: 600; color: #a3281f; }
    article { margin-block: .75rem; padding-top: .5rem; border-top: 1px solid #ddd; }
    p { margin: .25rem 0; }
    code, pre { font: 13px/1.5 ui-monospace, monospace; }
    pre { margin: .4rem 0; padding: .4rem .6rem; overflow: auto; background: #f6f6f6; border-radius: .3rem; white-space: pre; }
    del, ins { display: block; text-decoration: none; }
    del { background: #fde4e1; color: #7d1a12; } ins { background: #def4e1; color: #11521d; }
    .place { color: #555; }
    button { font: inherit; font-size: 13px; padding: .1rem .6rem; border-radius: .3rem; border: 1px solid #888; background: #f2f2f2;
      color: inherit; cursor: pointer; }
    @media (prefers-color-scheme: dark) {
      section { background: #23262b; color: #e8e8e8; } summary { color: #ff9d94; } pre { background: #191b1f; }
      article { border-color: #444; } .place { color: #aaa; } button { background: #34383f; }
      del { background: #4b1f1b; color: #ffc9c3; } ins { background: #17391d; color: #bdf0c6; }
    }`;
  root.append(style);
  document.body.append(host);

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const difference = (lines) => {
    const shown = element("pre");
    for (const [sign, line] of lines) {
      const name = sign === "-" ? "del" : sign === "+" ? "ins" : "span";
      shown.append(element(name, `${sign} ${line}` + (name === "span" ? "\n" : "")));
    }
    return shown;
  };

  const issue = (found) => {
    const shown = element("article");
    shown.append(element("p", `${found.file}:${found.line} · ${found.code}`, "place"), element("p", found.message));
    if (found.diff.length) shown.append(difference(found.diff));
    if (found.hint) shown.append(element("p", found.hint));
    if (found.fix) {
      const line = element("p");
      const copy = element("button", "Copy");
      copy.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(found.fix);
          copy.textContent = "Copied";
        } catch {
          getSelection().selectAllChildren(line.firstChild);
        }
      });
      line.append(element("code", found.fix), " ", copy);
      shown.append(line);
    }
    return shown;
  };

  let isOpen = true;
  const show = (problem, issues, elsewhere) => {
    root.querySelector("section")?.remove();
    if (!problem && !issues.length && !elsewhere.length) return;
    const section = element("section");
    section.setAttribute("role", "status");
    const details = element("details");
    details.open = isOpen && (issues.length > 0 || Boolean(problem));
    details.addEventListener("toggle", () => (isOpen = details.open));
    const count = issues.length;
    const words = problem ? "The book can't be brought up to date"
      : count ? `${count} of this page's examples ${count === 1 ? "is" : "are"} not as it says`
      : `Not as they say: ${elsewhere.length} other ${elsewhere.length === 1 ? "page" : "pages"}`;
    details.append(element("summary", words));
    if (problem) details.append(element("pre", problem));
    details.append(...issues.map(issue));
    if (elsewhere.length) {
      const list = element("p", count || problem ? "Other pages: " : "");
      for (const path of elsewhere) {
        const link = element("a", path);
        link.href = "/" + path;
        list.append(link, " ");
      }
      details.append(list);
    }
    section.append(details);
    root.append(section);
  };

  const hear = (told) => {
    const mine = told.pages[page];
    if (mine ? mine.version > Number(version) : !page && Object.keys(told.pages).length) {
      sessionStorage.setItem(place, String(scrollY));
      location.reload();
      return;
    }
    const elsewhere = Object.keys(told.pages).filter((path) => path !== page && path !== "index.html" && told.pages[path].issues.length);
    show(told.problem, mine?.issues ?? [], elsewhere);
  };

  const events = new EventSource("/__exemplar/events");
  events.addEventListener("message", (event) => hear(JSON.parse(event.data)));
})();
